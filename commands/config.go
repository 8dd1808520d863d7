package commands

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/status"
)

func (a *app) config() *cobra.Command {
	return family("config", "Names, clock sources and looks in the configuration file",
		a.configShow(), a.configSet(), a.configReload(), a.configPath())
}

func (a *app) configShow() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "show", Short: "Show which file holds, and what it says", Args: noArguments,
		Long: "Shows which configuration file is in use, whether it is valid, and this controller's names. Without an engine it shows the file.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.openOrFiles, func(s *status.Snapshot) error {
				shown := struct {
					status.Config
					Name     string   `json:"name"`
					Topology string   `json:"topology"`
					NTPHosts []string `json:"ntp_hosts"`
					DataDir  string   `json:"data_dir"`
				}{s.Config, s.Controller.Name, s.Controller.TopologyName, s.Controller.NTPHosts, s.Controller.DataDir}
				return a.answer(shown, view.Config(s))
			})
		},
	})
}

func (a *app) configSet() *cobra.Command {
	return &cobra.Command{
		Use: "set KEY=VALUE...", Short: short("config set"), Args: needs(1, -1, "KEY=VALUE"),
		Long:    "Changes name, topology, ntp_hosts (separated by commas), theme, mouse or ascii in the configuration file, in place: comments and order stay. An empty value takes the default. Without an engine the file is changed.\n\nEverything else is edited in the file; a valid edit is applied by itself.",
		Example: "  vns3 config set name=\"Controller 1\" topology=\"Acme overlay\"\n  vns3 config set ntp_hosts=0.pool.ntp.org,1.pool.ntp.org",
		RunE: func(cmd *cobra.Command, args []string) error {
			request, err := parseConfig(args)
			if err != nil {
				return err
			}
			b, err := a.openOrFiles(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			if _, err := act[control.Nothing](a, cmd, b, request); err != nil {
				return err
			}
			a.say("Saved in %s.", b.Snapshot().Config.Path)
			return nil
		},
	}
}

// parseConfig reads the arguments of config set.
func parseConfig(args []string) (q control.ConfigSet, err error) {
	values, err := pairs(args)
	if err != nil {
		return q, err
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		value := values[key]
		switch key {
		case "name":
			q.Name = &value
		case "topology":
			q.Topology = &value
		case "theme":
			q.Theme = &value
		case "ntp_hosts":
			hosts := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' })
			q.NTPHosts = &hosts
		case "mouse":
			q.Mouse, err = truth(key, value)
		case "ascii":
			q.ASCII, err = truth(key, value)
		default:
			err = wrongUse("%q is none of name, topology, ntp_hosts, theme, mouse, ascii: edit the file for it", key)
		}
		if err != nil {
			return q, err
		}
	}
	return q, nil
}

func truth(key, text string) (*bool, error) {
	value, err := strconv.ParseBool(text)
	if err != nil {
		return nil, wrongUse("%s is true or false, not %q", key, text)
	}
	return &value, nil
}

func (a *app) configReload() *cobra.Command {
	return &cobra.Command{
		Use: "reload", Short: short("config reload"), Args: noArguments,
		Long: "Reads the configuration file again, as SIGHUP does. The engine follows the file by itself; this also says why a file is refused.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd, control.ConfigReload{}, "The file is applied.")
		},
	}
}

func (a *app) configPath() *cobra.Command {
	return &cobra.Command{
		Use: "path", Short: "Print the path of the configuration file", Args: noArguments,
		Example: "  $EDITOR \"$(vns3 config path)\"",
		RunE: func(*cobra.Command, []string) error {
			where, err := a.find()
			if err == nil {
				_, err = fmt.Fprintln(a.out, where.config)
			}
			return err
		},
	}
}
