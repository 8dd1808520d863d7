package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/status"
	"vns3/status/figures"
)

func (a *app) keyset() *cobra.Command {
	return family("keyset", "The keys of a topology", a.keysetShow(), a.keysetGenerate(), a.keysetFetch(),
		a.keysetChangeToken(), a.keysetRearm(), a.keysetRemove())
}

func (a *app) keysetShow() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "show", Short: "Show what may be shown of the keyset", Args: noArguments,
		Long: "Shows the topology checksum and who has the same one, where the keyset came from, and whether others may fetch it here. Never a key. Without an engine it shows the file.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.openOrFiles, func(s *status.Snapshot) error { return a.answer(s.Keyset, view.Keyset(s)) })
		},
	})
}

func (a *app) keysetGenerate() *cobra.Command {
	var topology, tokenFile string
	cmd := &cobra.Command{
		Use: "generate", Short: short("keyset generate"), Args: noArguments,
		Long: `Generates the keys of a topology, once, on its first controller; the others fetch them with the security token. It waits, with progress, until that is done. On an unlicensed controller it uses the community license and says so.

The token comes from --token-file, $VNS3_TOKEN or a prompt.`,
		Example: "  vns3 keyset generate --topology \"Acme overlay\" --token-file token",
		RunE: func(cmd *cobra.Command, _ []string) error {
			from := tokenSource(tokenFile)
			from.twice = true
			token, err := a.secret(from)
			if err != nil {
				return err
			}
			return a.doTask(cmd, control.KeysetGenerate{Topology: topology, Token: token})
		},
	}
	cmd.Flags().StringVar(&topology, "topology", "", "`NAME` of the topology, to show")
	tokenFlag(cmd, &tokenFile)
	return cmd
}

func (a *app) keysetFetch() *cobra.Command {
	var source, tokenFile string
	cmd := &cobra.Command{
		Use: "fetch", Short: short("keyset fetch"), Args: noArguments,
		Long: `Fetches keyset, license and overlay parameters from a controller that has them; any of the topology can be the source. It waits, with progress, until that is done.

The token comes from --token-file, $VNS3_TOKEN or a prompt. The source's peering table comes with it: vns3 peering show proposes it.`,
		Example: "  vns3 keyset fetch --source 10.0.1.10 --token-file token",
		RunE: func(cmd *cobra.Command, _ []string) error {
			if source == "" {
				return wrongUse("--source HOST[:PORT] is missing: the address of a controller that has the keys")
			}
			token, err := a.secret(tokenSource(tokenFile))
			if err != nil {
				return err
			}
			return a.doTask(cmd, control.KeysetFetch{Source: source, Token: token})
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "`HOST[:PORT]` of a controller that has the keys")
	tokenFlag(cmd, &tokenFile)
	return cmd
}

func (a *app) keysetChangeToken() *cobra.Command {
	var tokenFile string
	cmd := &cobra.Command{
		Use: "change-token", Short: short("keyset change-token"), Args: noArguments,
		Long:    "Sets a new security token for fetches from this controller. Keys and tunnels stay as they are; on other controllers the old token still holds.",
		Example: "  vns3 keyset change-token --token-file new-token",
		RunE: func(cmd *cobra.Command, _ []string) error {
			from := tokenSource(tokenFile)
			from.twice, from.prompt = true, "New security token"
			token, err := a.secret(from)
			if err != nil {
				return err
			}
			return a.doTask(cmd, control.KeysetChangeToken{Token: token})
		},
	}
	tokenFlag(cmd, &tokenFile)
	return cmd
}

func tokenFlag(cmd *cobra.Command, file *string) {
	cmd.Flags().StringVar(file, "token-file", "", "`FILE` with the security token; - for standard input")
}

func (a *app) keysetRearm() *cobra.Command {
	return &cobra.Command{
		Use: "rearm", Short: short("keyset rearm"), Args: noArguments,
		Long: "Opens this controller as a source again, after too many wrong tokens had closed it. See vns3 events for who tried.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.do(cmd, control.KeysetRearm{}, "Other controllers may fetch from here again.")
		},
	}
}

// confirmDigits is how much of the topology checksum an engine wants to see before it removes a keyset.
const confirmDigits = 8

func (a *app) keysetRemove() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "remove", Short: short("keyset remove"), Args: noArguments,
		Long: "Removes the keyset from this controller only, so that another can be generated or fetched. All its tunnels end. If it is the only controller with these keys, they are lost for good, and with them every clientpack.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			s := b.Snapshot()
			checksum := s.Controller.TopologyChecksum
			if checksum == "" {
				return &control.Error{Kind: control.NoKeyset, What: "keyset", Reason: "there is none on this controller"}
			}
			if !a.yes {
				a.note("%s", whatIsLost(s))
			}
			request := control.KeysetRemove{Confirm: checksum[:confirmDigits]}
			if _, err := act[control.Nothing](a, cmd, b, request); err != nil {
				return err
			}
			a.say("The keyset is removed.")
			return nil
		},
	})
}

func whatIsLost(s *status.Snapshot) string {
	up, others := 0, 0
	for _, p := range s.Peers {
		if p.Reachable && !p.Self {
			up++
		}
	}
	for _, c := range s.Controllers {
		if !c.Self && c.Reachable && c.Checksum == s.Controller.TopologyChecksum {
			others++
		}
	}
	lost := fmt.Sprintf("Topology %s, checksum %s: %s up.", s.Controller.TopologyName, s.Controller.TopologyChecksum, figures.Count(up, "tunnel"))
	if others == 0 {
		return lost + "\nNo other controller is seen that has these keys: they may be lost for good."
	}
	return lost + "\nThe same keys are on " + figures.Count(others, "other controller") + "."
}
