package commands

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/overlay"
)

func (a *app) license() *cobra.Command {
	return family("license", "The license of a topology", a.licenseShow(), a.licenseInstall(), a.licenseUpgrade(),
		a.licenseParameters(), a.licenseIssue(), a.licenseSigner())
}

func (a *app) licenseShow() *cobra.Command {
	var text bool
	cmd := a.reads(&cobra.Command{
		Use: "show", Short: short("license show"), Args: noArguments,
		Long: "Shows what the license allows and the overlay that it stands for. Without an engine it shows the file.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.licensed(cmd, control.LicenseShow{}, text)
		},
	})
	cmd.Flags().BoolVar(&text, "text", false, "write the text as it was installed")
	return cmd
}

// licensed is a command about the license whose answer is the license.
func (a *app) licensed(cmd *cobra.Command, request control.Request, text bool) error {
	b, err := a.openOrFiles(cmd.Context())
	if err != nil {
		return err
	}
	defer b.Close()
	shown, err := act[control.LicenseShown](a, cmd, b, request)
	if err != nil {
		return err
	}
	if text {
		return a.answer(shown, shown.Text)
	}
	return a.answer(shown, view.License(shown))
}

func (a *app) licenseInstall() *cobra.Command {
	var community bool
	cmd := a.reads(&cobra.Command{
		Use: "install FILE | --community", Short: short("license install"),
		Long:    "Installs a license file, or the built-in community license: nine controllers, 1,000 clientpacks. The first license pins its signer. Once the overlay parameters are set, use vns3 license upgrade. Without an engine it is installed in the data directory.",
		Example: "  vns3 license install acme.license\n  vns3 license install --community",
		RunE: func(cmd *cobra.Command, args []string) error {
			if community == (len(args) == 1) || len(args) > 1 {
				return wrongUse("license install needs one FILE, or --community")
			}
			request := control.LicenseInstall{Community: community}
			if !community {
				text, err := os.ReadFile(args[0])
				if err != nil {
					return fmt.Errorf("the license cannot be read: %w", err)
				}
				request.Text = string(text)
			}
			return a.licensed(cmd, request, false)
		},
	})
	cmd.Flags().BoolVar(&community, "community", false, "install the built-in license")
	return cmd
}

func (a *app) licenseUpgrade() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "upgrade FILE", Short: short("license upgrade"), Args: needs(1, 1, "a license file"),
		Long:    "Replaces the license by one with more controllers, more clientpacks or a later expiry. No tunnel is dropped. It spreads through the mesh, so do it on one controller.",
		Example: "  vns3 license upgrade acme-2.license",
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := os.ReadFile(args[0])
			if err != nil {
				return fmt.Errorf("the license cannot be read: %w", err)
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			grown, err := act[control.LicenseUpgraded](a, cmd, b, control.LicenseUpgrade{Text: string(text)})
			if err != nil {
				return err
			}
			return a.answer(grown, fmt.Sprintf("The license is upgraded: %d new controllers, %d new clientpacks.\n", len(grown.NewControllers), len(grown.NewClients)))
		},
	})
}

func (a *app) licenseParameters() *cobra.Command {
	var standard bool
	var subnet string
	cmd := a.confirmed(a.reads(&cobra.Command{
		Use: "parameters FILE | --default | --subnet NETWORK", Short: short("license parameters"),
		Long:    "Sets the overlay parameters for good: those that the license names, those laid out in another subnet, or those in a JSON file as vns3 license show --json writes them below \"parameters\".",
		Example: "  vns3 license parameters --default\n  vns3 license parameters --subnet 172.31.1.0/24\n  vns3 license parameters overlay.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			ways := len(args)
			for _, given := range []bool{standard, subnet != ""} {
				if given {
					ways++
				}
			}
			if ways != 1 {
				return wrongUse("license parameters needs one FILE, --default or --subnet NETWORK")
			}
			request := control.LicenseParameters{Default: standard}
			var err error
			switch {
			case subnet != "":
				request.Parameters, err = a.layOut(cmd, subnet)
			case !standard:
				request.Parameters, err = readParameters(args[0])
			}
			if err != nil {
				return err
			}
			return a.licensed(cmd, request, false)
		},
	}))
	cmd.Flags().BoolVar(&standard, "default", false, "take those that the license names")
	cmd.Flags().StringVar(&subnet, "subnet", "", "lay them out in this `NETWORK` instead of the license's")
	return cmd
}

// layOut are the parameters that the license in use comes to in another subnet.
func (a *app) layOut(cmd *cobra.Command, subnet string) (*overlay.Parameters, error) {
	prefix, err := netip.ParsePrefix(subnet)
	if err != nil {
		return nil, wrongUse("--subnet %q is not a network such as 172.31.1.0/24", subnet)
	}
	b, err := a.openOrFiles(cmd.Context())
	if err != nil {
		return nil, err
	}
	defer b.Close()
	shown, err := act[control.LicenseShown](a, cmd, b, control.LicenseShow{})
	if err != nil {
		return nil, err
	}
	p, err := overlay.Default(prefix, shown.Controllers, shown.Clientpacks)
	if err != nil {
		return nil, &control.Error{Kind: control.Invalid, Reason: err.Error()}
	}
	return &p, nil
}

func readParameters(path string) (*overlay.Parameters, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the overlay parameters cannot be read: %w", err)
	}
	var p overlay.Parameters
	if err := json.Unmarshal(raw, &p); err != nil {
		return nil, fmt.Errorf("%s has no overlay parameters: %w", path, err)
	}
	return &p, nil
}
