package commands

import (
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
)

// commandsOf are the commands of an action whose name is not that of its command.
var commandsOf = map[string][]string{
	"clientpack set":      {"clientpack enable", "clientpack disable", "clientpack checkout", "clientpack checkin", "clientpack tag"},
	"clientpack export":   {"clientpack export", "clientpack qr"},
	"route enable":        {"route enable", "route disable"},
	"access token expire": {"access token expire", "access token renew"},
}

func everyCommand(t *testing.T) map[string]*cobra.Command {
	all := map[string]*cobra.Command{}
	root := newWorld(t).app(io.Discard, io.Discard).root()
	eachCommand(root, func(c *cobra.Command) { all[strings.TrimPrefix(c.CommandPath(), "vns3 ")] = c })
	return all
}

// Every action of the registry has its command; one that destroys something asks first, and one that
// reads can answer in JSON.
func TestEveryActionHasACommand(t *testing.T) {
	all := everyCommand(t)
	asJSON := []string{"peering check", "license show", "access token list", "check"} // export writes files
	for _, action := range control.Actions() {
		names := commandsOf[action.Name]
		if names == nil {
			names = []string{action.Name}
		}
		for _, name := range names {
			c := all[name]
			if c == nil {
				t.Errorf("action %q has no command %q", action.Name, name)
				continue
			}
			if action.Confirm != "" && c.Flags().Lookup("yes") == nil {
				t.Errorf("vns3 %s asks %q, but has no --yes", name, action.Confirm)
			}
			if !action.Writes && slices.Contains(asJSON, action.Name) && c.Flags().Lookup("json") == nil {
				t.Errorf("vns3 %s reads, but has no --json", name)
			}
		}
	}
	for _, name := range []string{"status", "mesh", "events", "peering show", "keyset show", "clientpack list", "route list", "config show"} {
		if all[name].Flags().Lookup("json") == nil {
			t.Errorf("vns3 %s reads, but has no --json", name)
		}
	}
}

// Every command says in one line what it does, shows an example where it takes arguments, stands in a
// group, and its help fits 80 columns.
func TestHelpTexts(t *testing.T) {
	plain := func(s string) string { return s }
	for name, c := range everyCommand(t) {
		if c.Short == "" || strings.HasSuffix(c.Short, ".") {
			t.Errorf("vns3 %s: %q is no line of help", name, c.Short)
		}
		if strings.Contains(c.Use, " ") && c.Example == "" {
			t.Errorf("vns3 %s takes arguments and shows no example", name)
		}
		if c.Parent().Name() == "vns3" && c.GroupID == "" {
			t.Errorf("vns3 %s stands in no group", name)
		}
		narrow(t, "vns3 "+name+" --help", helpText(c, plain))
	}
	root := newWorld(t).app(io.Discard, io.Discard).root()
	text := helpText(root, plain)
	narrow(t, "vns3 --help", text)
	wants(t, text, "Usage\n  vns3 [COMMAND] [flags]\n", "Build the mesh\n", "  keyset ", "--controller HOST[:PORT]")
	if strings.Contains(text, "Commands\n") {
		t.Errorf("a command stands in no group:\n%s", text)
	}
	if strings.Contains(newWorld(t).must("--help"), "\x1b") {
		t.Error("help that goes to a pipe has escape sequences")
	}
}

func narrow(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		if n := ansi.StringWidth(strings.TrimRight(line, "\n")); n > view.Width {
			t.Errorf("%s: %d columns: %s", what, n, line)
		}
	}
}

// The manual page holds every command and every flag, and nothing of it is taken for a roff request.
func TestManualPage(t *testing.T) {
	page := newWorld(t).must("man")
	for name := range everyCommand(t) {
		words := strings.Fields(name)
		if !strings.Contains(page, roff(words[len(words)-1])) {
			t.Errorf("%s is not in the manual page", name)
		}
	}
	wants(t, page, ".TH VNS3 1", ".SH EXIT STATUS", `\-\-token\-file`)
	for line := range strings.Lines(page) {
		if strings.HasPrefix(line, "'") {
			t.Errorf("a line begins with a quote: %s", line)
		}
	}
}

// Completions are made for every usual shell.
func TestCompletions(t *testing.T) {
	made := map[string]bool{}
	for _, shell := range []string{"bash", "zsh", "fish"} {
		text := newWorld(t).must("completion", shell)
		wants(t, text, "vns3", "__complete")
		made[text] = true
	}
	if len(made) != 3 {
		t.Errorf("three shells have %d completions", len(made))
	}
	if candidates := newWorld(t).must("__complete", "peering", "s"); !strings.HasPrefix(candidates, "show") || !strings.Contains(candidates, "\nset\t") {
		t.Errorf("vns3 peering s is completed by:\n%s", candidates)
	}
}
