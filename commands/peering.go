package commands

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/peering"
)

func (a *app) peering() *cobra.Command {
	cmd := &cobra.Command{Use: "peering", Short: "Show and set the peering table"}
	cmd.AddCommand(a.peeringShow(), a.peeringSet())
	return cmd
}

func (a *app) peeringShow() *cobra.Command {
	return a.jsonFlag(&cobra.Command{
		Use: "show", Short: "Show the peering table", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			s := b.Snapshot()
			if a.json {
				return json.NewEncoder(a.out).Encode(s.Peering)
			}
			for _, p := range s.Peers {
				fmt.Fprintf(a.out, "#%d  %s\n", p.ID, s.Peering.Table[p.ID])
			}
			return nil
		},
	})
}

func (a *app) peeringSet() *cobra.Command {
	return &cobra.Command{
		Use: "set ID=ROW…", Short: "Save rows of the peering table, all or nothing",
		Example: "  vns3 peering set 1=self 2=10.0.2.10 3=none",
		RunE: func(cmd *cobra.Command, args []string) error {
			rows, err := parseRows(args)
			if err != nil {
				return err
			}
			b, err := a.connect(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			_, err = b.Do(cmd.Context(), control.PeeringSet{Rows: rows})
			return err
		},
	}
}

func parseRows(args []string) (map[int]peering.Row, error) {
	if len(args) == 0 {
		return nil, wrongUse("no rows are given: vns3 peering set 1=self 2=10.0.2.10")
	}
	rows := map[int]peering.Row{}
	for _, arg := range args {
		id, text, ok := strings.Cut(arg, "=")
		if !ok {
			return nil, wrongUse("%q is not ID=ROW, such as 2=10.0.2.10", arg)
		}
		n, err := peering.ParseID(id)
		if err != nil {
			return nil, &usageError{err}
		}
		row, err := peering.ParseRow(text)
		if err != nil {
			return nil, &usageError{fmt.Errorf("row %d: %w", n, err)}
		}
		rows[n] = row
	}
	return rows, nil
}
