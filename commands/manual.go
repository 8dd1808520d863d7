package commands

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// manual is the command that writes the manual page vns3(1), made from the tree of commands.
func (a *app) manual() *cobra.Command {
	return &cobra.Command{
		Use: "man", Short: "Write the manual page vns3(1)", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := io.WriteString(a.out, manualPage(cmd.Root()))
			return err
		},
	}
}

// manualPage is the page in the language of man(7).
func manualPage(root *cobra.Command) string {
	var b strings.Builder
	fmt.Fprintf(&b, ".TH VNS3 1 \"\" \"vns3 %s\" \"vns3\"\n", roff(root.Version))
	fmt.Fprintf(&b, ".SH NAME\nvns3 \\- %s\n", roff(strings.ToLower(root.Short[:1])+root.Short[1:]))
	b.WriteString(".SH SYNOPSIS\n.B vns3\n[\\fICOMMAND\\fR] [\\fIflags\\fR]\n.SH DESCRIPTION\n")
	paragraphs(&b, root.Long)
	b.WriteString(".SH OPTIONS\n")
	options(&b, root.LocalNonPersistentFlags())
	options(&b, root.PersistentFlags())
	b.WriteString(".SH COMMANDS\n")
	eachCommand(root, func(c *cobra.Command) {
		if c.HasAvailableSubCommands() {
			return
		}
		fmt.Fprintf(&b, ".SS %s\n", roff(c.UseLine()))
		about := c.Long
		if about == "" {
			about = c.Short + "."
		}
		paragraphs(&b, about)
		options(&b, c.LocalNonPersistentFlags())
		if c.Example != "" {
			fmt.Fprintf(&b, ".PP\n.nf\n%s\n.fi\n", roff(strings.TrimRight(c.Example, "\n")))
		}
	})
	b.WriteString(manualTail)
	return b.String()
}

// manualTail is what no command says.
const manualTail = `.SH EXIT STATUS
0 done, 1 failed, 2 wrong use.
.SH ENVIRONMENT
.TP
.B VNS3_CONFIG
configuration file, where \-\-config names none
.TP
.B VNS3_TOKEN
security token of keyset commands
.TP
.B VNS3_PASSWORD
API password
.TP
.B VNS3_API_TOKEN
API token for \-\-controller, instead of a password
.TP
.B NO_COLOR
no colour and no bold type
.SH FILES
.TP
.I /etc/vns3/vns3.toml
configuration; else ./vns3.toml, or $XDG_CONFIG_HOME/vns3/vns3.toml of an ordinary user
.TP
.I /var/lib/vns3
keyset, license and state; else $XDG_STATE_HOME/vns3
.TP
.I /run/vns3/vns3.sock
local socket, for root and group vns3
.SH SEE ALSO
.BR wg (8),
.BR systemctl (1)
`

// eachCommand visits all commands that are shown, parents first.
func eachCommand(root *cobra.Command, visit func(*cobra.Command)) {
	for _, c := range root.Commands() {
		if c.Name() == "help" || !c.IsAvailableCommand() {
			continue
		}
		visit(c)
		eachCommand(c, visit)
	}
}

func options(b *strings.Builder, flags *pflag.FlagSet) {
	for _, line := range flagLines(flags) {
		fmt.Fprintf(b, ".TP\n.B %s\n%s\n", roff(line[0]), roff(line[1]))
	}
}

func paragraphs(b *strings.Builder, text string) {
	for i, p := range strings.Split(text, "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		b.WriteString(roff(p) + "\n")
	}
}

// roff escapes what man(7) would take for a command.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "'", `\(aq`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		if strings.HasPrefix(line, ".") {
			lines[i] = `\&` + line
		}
	}
	return strings.Join(lines, "\n")
}
