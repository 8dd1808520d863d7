package commands

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vns3/control"
)

// The groups of commands in the help, in its order.
var groups = []*cobra.Group{
	{ID: "run", Title: "Run a controller"},
	{ID: "look", Title: "Look"},
	{ID: "mesh", Title: "Build the mesh"},
	{ID: "clients", Title: "Client servers and routes"},
	{ID: "maintain", Title: "Maintain"},
}

func init() { cobra.EnableCommandSorting = false } // the order is that in which they are needed

// root is the whole tree of commands.
func (a *app) root() *cobra.Command {
	root := a.console()
	root.Version = a.version
	root.SilenceErrors, root.SilenceUsage = true, true
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpFunc(a.help)
	root.SetVersionTemplate("vns3 {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return wrongUse("%w: see %s --help", err, cmd.CommandPath())
	})
	flags := root.PersistentFlags()
	flags.StringVar(&a.configFlag, "config", "", "configuration `FILE`; else $VNS3_CONFIG, ./vns3.toml, the system's")
	flags.StringVar(&a.host, "controller", "", "ask another controller at `HOST[:PORT]` over HTTPS")
	flags.StringVar(&a.passwordFile, "api-password-file", "", "`FILE` with the API password of --controller")
	root.AddGroup(groups...)
	a.add(root, "run", a.headless(), a.client(), a.service(), a.demo())
	a.add(root, "look", a.status(), a.mesh(), a.events(), a.check())
	a.add(root, "mesh", a.license(), a.keyset(), a.peering())
	a.add(root, "clients", a.clientpack(), a.route())
	a.add(root, "maintain", a.drain(), a.rebalance(), a.takeover(), a.task(), a.access(), a.config(), a.completion(), a.manual())
	return root
}

func (a *app) add(root *cobra.Command, group string, commands ...*cobra.Command) {
	for _, c := range commands {
		c.GroupID = group
	}
	root.AddCommand(commands...)
}

// family is a command that only has others below it.
func family(name, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: name, Short: short}
	c.AddCommand(commands...)
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) > 0 {
			return wrongUse("%q is not a command of vns3 %s: see vns3 %s --help", args[0], name, name)
		}
		return nil
	}
	c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
	return c
}

// short is the line of an action in the registry.
func short(action string) string {
	entry, known := control.Find(action)
	if !known {
		panic("commands: there is no action " + action)
	}
	return entry.Short
}

// reads gives a command that reads the flag --json.
func (a *app) reads(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}

// confirmed gives a command that destroys something the flag --yes.
func (a *app) confirmed(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVarP(&a.yes, "yes", "y", false, "do not ask")
	return cmd
}

func noArguments(cmd *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return nil
	case cmd.HasParent():
		return wrongUse("%s takes no argument, and %q is one", words(cmd), args[0])
	default:
		return wrongUse("%q is not a command: see vns3 --help", args[0])
	}
}

// needs says what a command's arguments are, where they are not what it needs.
func needs(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < least || (most >= 0 && len(args) > most) {
			return wrongUse("%s needs %s, such as:\n%s", words(cmd), what, strings.TrimRight(cmd.Example, "\n"))
		}
		return nil
	}
}

// words are those of a command, without the name of the program.
func words(cmd *cobra.Command) string {
	return strings.TrimPrefix(cmd.CommandPath(), cmd.Root().Name()+" ")
}

// number reads an argument that is a number.
func number(text, what string) (int, error) {
	n, err := strconv.Atoi(strings.TrimPrefix(text, "#"))
	if err != nil || n < 1 {
		return 0, wrongUse("%q is not %s", text, what)
	}
	return n, nil
}

// pairs reads arguments NAME=VALUE.
func pairs(args []string) (map[string]string, error) {
	all := map[string]string{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, wrongUse("%q is not NAME=VALUE", arg)
		}
		if _, twice := all[name]; twice {
			return nil, wrongUse("%s is given twice", name)
		}
		all[name] = value
	}
	return all, nil
}

// say writes a line of the answer.
func (a *app) say(format string, args ...any) { fmt.Fprintf(a.out, format+"\n", args...) }

// note writes a line beside the answer.
func (a *app) note(format string, args ...any) { fmt.Fprintf(a.err, format+"\n", args...) }
