package commands

import (
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"vns3/commands/view"
)

// help writes the help of a command: what it does, how it is used, what stands below it.
func (a *app) help(cmd *cobra.Command, _ []string) {
	out := cmd.OutOrStdout()
	io.WriteString(out, helpText(cmd, a.heading(out)))
}

// heading marks a heading where the output can show it: a terminal, without NO_COLOR.
func (a *app) heading(out io.Writer) func(string) string {
	file, ok := out.(*os.File)
	if ok && term.IsTerminal(int(file.Fd())) && a.env.Getenv("NO_COLOR") == "" && a.env.Getenv("TERM") != "dumb" {
		return func(s string) string { return ansi.Style{}.Bold().Styled(s) }
	}
	return func(s string) string { return s }
}

func helpText(cmd *cobra.Command, heading func(string) string) string {
	var b strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short
	}
	b.WriteString(ansi.Wrap(about, view.Width, "") + "\n")
	section := func(title string, lines [][2]string) {
		if len(lines) > 0 {
			b.WriteString("\n" + heading(title) + "\n" + definitions(lines))
		}
	}
	fmt.Fprintf(&b, "\n%s\n  %s\n", heading("Usage"), usage(cmd))
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n%s\n%s\n", heading("Examples"), strings.TrimRight(cmd.Example, "\n"))
	}
	for _, g := range cmd.Groups() {
		section(g.Title, below(cmd, g.ID))
	}
	section("Commands", below(cmd, ""))
	section("Flags", flagLines(cmd.LocalNonPersistentFlags()))
	section("Flags of every command", flagLines(cmd.Root().PersistentFlags()))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "\nMore about a command: %s COMMAND --help\n", cmd.CommandPath())
	}
	return b.String()
}

func usage(cmd *cobra.Command) string {
	if cmd.HasAvailableSubCommands() && cmd.HasParent() {
		return cmd.CommandPath() + " COMMAND"
	}
	if cmd.HasAvailableSubCommands() {
		return cmd.CommandPath() + " [COMMAND] [flags]"
	}
	line := cmd.UseLine()
	if !strings.HasSuffix(line, "[flags]") && cmd.HasAvailableLocalFlags() {
		line += " [flags]"
	}
	return line
}

// below are the commands of a group: their words with one line each.
func below(cmd *cobra.Command, group string) (lines [][2]string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.GroupID == group && c.Name() != "help" {
			lines = append(lines, [2]string{strings.TrimSuffix(c.Use, " [flags]"), c.Short})
		}
	}
	return lines
}

func flagLines(flags *pflag.FlagSet) (lines [][2]string) {
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden {
			return
		}
		lines = append(lines, [2]string{flagWord(f), flagAbout(f)})
	})
	return lines
}

func flagWord(f *pflag.Flag) string {
	value, _ := pflag.UnquoteUsage(f)
	word := "--" + f.Name
	if f.Shorthand != "" {
		word = "-" + f.Shorthand + ", " + word
	}
	return strings.TrimSpace(word + " " + value)
}

func flagAbout(f *pflag.Flag) string {
	_, about := pflag.UnquoteUsage(f)
	switch f.DefValue {
	case "", "false", "0", "[]", "0s":
		return about
	default:
		return about + " (default " + f.DefValue + ")"
	}
}

// longestWord is how wide the left side of a definition may be before its text goes below it.
const longestWord = 26

// definitions writes words with what they mean beside them, all meanings below each other.
func definitions(lines [][2]string) string {
	widest := 0
	for _, l := range lines {
		if n := ansi.StringWidth(l[0]); n <= longestWord {
			widest = max(widest, n)
		}
	}
	var b strings.Builder
	for _, l := range lines {
		prefix := fmt.Sprintf("  %-*s  ", widest, l[0])
		if ansi.StringWidth(l[0]) > widest {
			b.WriteString("  " + l[0] + "\n")
			prefix = strings.Repeat(" ", widest+4)
		}
		b.WriteString(view.Hang(prefix, l[1]))
	}
	return b.String()
}
