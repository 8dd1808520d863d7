package commands

import (
	"encoding/json"

	"github.com/spf13/cobra"
)

func (a *app) status() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use: "status", Short: "Show this controller, its peers and clients, and what is wrong", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			if a.json {
				e := json.NewEncoder(a.out)
				e.SetIndent("", "  ")
				return e.Encode(b.Snapshot())
			}
			return writeStatus(a.out, b.Snapshot())
		},
	})
}

// jsonFlag gives a command that reads the flag --json.
func (a *app) jsonFlag(cmd *cobra.Command) *cobra.Command {
	cmd.Flags().BoolVar(&a.json, "json", false, "write JSON")
	return cmd
}
