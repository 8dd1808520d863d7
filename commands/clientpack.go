package commands

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/status"
	"vns3/tui/component/localfile"
)

func (a *app) clientpack() *cobra.Command {
	return family("clientpack", "Clientpacks and the client servers that use them",
		a.packList(), a.packNext(), a.packExport(), a.packQR(), a.packAdd(),
		a.packSwitch("enable", "Let clientpacks connect", "enabled", func(q *control.PackSet) { q.Enabled = yes() }),
		a.packSwitch("disable", "Lock clientpacks out, everywhere", "disabled", func(q *control.PackSet) { q.Enabled = no() }),
		a.packSwitch("checkout", "Mark clientpacks as handed out", "handed out", func(q *control.PackSet) { q.CheckedOut = yes() }),
		a.packSwitch("checkin", "Mark clientpacks as free again", "free again", func(q *control.PackSet) { q.CheckedOut = no() }),
		a.packTag(), a.packRegenerate(), a.packDisconnect())
}

func yes() *bool { v := true; return &v }
func no() *bool  { v := false; return &v }

// packName takes the name of a clientpack also as its overlay address.
func packName(text string) string { return strings.ReplaceAll(text, ".", "_") }

func (a *app) packList() *cobra.Command {
	var filter string
	var connected bool
	cmd := a.reads(&cobra.Command{
		Use: "list", Short: "List clientpacks with their client servers", Args: noArguments,
		Long:    "Lists the clientpacks that were ever handed out or connected, in the whole mesh: where each one is attached, and since when it was last heard.",
		Example: "  vns3 clientpack list\n  vns3 clientpack list --connected --filter branch-2",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.open, func(s *status.Snapshot) error {
				packs := slices.DeleteFunc(slices.Clone(s.Clients), func(c status.Client) bool {
					return connected && !c.Connected || !packMatches(c, filter)
				})
				return a.answer(packs, view.Packs(s, packs))
			})
		},
	})
	cmd.Flags().StringVar(&filter, "filter", "", "only those with each word of `TEXT` in name, endpoint, controller, tags, disabled, outdated")
	cmd.Flags().BoolVar(&connected, "connected", false, "only those that are connected")
	return cmd
}

func packMatches(c status.Client, text string) bool {
	words := fmt.Sprintf("%s %s %s #%d", c.Name, c.OverlayAddress, c.Endpoint, c.ControllerID)
	for key, value := range c.Tags {
		words += " " + key + "=" + value
	}
	if !c.Enabled {
		words += " disabled"
	}
	if c.Outdated {
		words += " outdated"
	}
	return status.Matches(text, words)
}

func (a *app) packExport() *cobra.Command {
	var format, output string
	cmd := &cobra.Command{
		Use: "export NAME", Short: short("clientpack export"), Args: needs(1, 1, "the name of a clientpack"),
		Long:    "Writes a clientpack as a configuration that any WireGuard client takes. The file holds a private key: only its owner may read it.",
		Example: "  vns3 clientpack export 100_127_252_1\n  vns3 clientpack export 100.127.252.1 --output - | ssh web1 tee vns3.conf",
		RunE: func(cmd *cobra.Command, args []string) error {
			request := control.PackExport{Name: packName(args[0]), Format: format}
			ask := func() ([]byte, error) { // only what could be written counts as exported
				file, err := a.packFile(cmd, request)
				return file.Data, err
			}
			if output == "-" {
				data, err := ask()
				if err == nil {
					_, err = a.out.Write(data)
				}
				return err
			}
			preview := request
			preview.Preview = true
			file, err := a.packFile(cmd, preview)
			if err != nil {
				return err
			}
			path, err := localfile.Write(cmp.Or(output, file.Filename), file.Filename, ask)
			if err == nil {
				a.say("%s", path)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "conf", "`FORMAT`: conf, zip or tar.gz")
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write, - for standard output; else one here")
	return cmd
}

func (a *app) packFile(cmd *cobra.Command, q control.PackExport) (control.PackFile, error) {
	b, err := a.open(cmd.Context())
	if err != nil {
		return control.PackFile{}, err
	}
	defer b.Close()
	return act[control.PackFile](a, cmd, b, q)
}

func (a *app) packQR() *cobra.Command {
	return &cobra.Command{
		Use: "qr NAME", Short: "Show a clientpack as a QR code for a phone", Args: needs(1, 1, "the name of a clientpack"),
		Example: "  vns3 clientpack qr 100_127_252_1",
		RunE: func(cmd *cobra.Command, args []string) error {
			file, err := a.packFile(cmd, control.PackExport{Name: packName(args[0]), Format: "qr"})
			if err == nil {
				_, err = a.out.Write(file.Data)
			}
			return err
		},
	}
}
