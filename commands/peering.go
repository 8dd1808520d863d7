package commands

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/peering"
	"vns3/status"
)

func (a *app) peering() *cobra.Command {
	return family("peering", "The peering table: who the other controllers are",
		a.peeringShow(), a.peeringSet(), a.peeringApply(), a.peeringAccept(), a.peeringCheck())
}

func (a *app) peeringShow() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "show", Short: "Show the peering table", Args: noArguments,
		Long: "Shows the rows of the peering table, what is staged, and the table that a fetched keyset brought with it. Without an engine it shows the file.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.openOrFiles, func(s *status.Snapshot) error { return a.answer(s.Peering, view.Peering(s)) })
		},
	})
}

func (a *app) peeringSet() *cobra.Command {
	var request control.PeeringSet
	var mtu map[string]int
	cmd := &cobra.Command{
		Use: "set ID=ROW...", Short: short("peering set"), Args: needs(1, -1, "rows ID=ROW"),
		Long:    "Saves rows of the peering table, all or nothing. A row is an IP address or a DNS name, \"self\" for this controller, or \"none\". Rows that are not named stay. Without an engine the file is changed.",
		Example: "  vns3 peering set 1=self 2=10.0.2.10 3=vns3-c.example.net 4=none\n  vns3 peering set 2=10.0.2.11 --mtu 2=1380",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if request.Rows, err = parseRows(args); err != nil {
				return err
			}
			if request.MTU, err = parseMTUs(mtu); err != nil {
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
			return a.answer(b.Snapshot().Peering, view.Peering(b.Snapshot()))
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&request.Replace, "replace", false, "rows that are not named become \"not set\"")
	flags.BoolVar(&request.Strict, "strict", false, "refuse a table without \"this instance\"")
	flags.BoolVar(&request.Stage, "stage", false, "keep the rows for vns3 peering apply")
	flags.StringToIntVar(&mtu, "mtu", nil, "overlay MTU of a tunnel, `ID=BYTES`; 0 takes the default")
	return cmd
}

func parseRows(args []string) (map[int]peering.Row, error) {
	texts, err := pairs(args)
	if err != nil {
		return nil, err
	}
	rows := map[int]peering.Row{}
	for _, id := range slices.Sorted(maps.Keys(texts)) {
		n, err := peering.ParseID(id)
		if err != nil {
			return nil, &usageError{err}
		}
		if rows[n], err = peering.ParseRow(texts[id]); err != nil {
			return nil, &usageError{fmt.Errorf("row %d: %w", n, err)}
		}
	}
	return rows, nil
}

func parseMTUs(texts map[string]int) (map[int]int, error) {
	mtus := map[int]int{}
	for id, mtu := range texts {
		n, err := peering.ParseID(id)
		if err != nil {
			return nil, &usageError{err}
		}
		mtus[n] = mtu
	}
	return mtus, nil
}

func (a *app) peeringApply() *cobra.Command {
	return &cobra.Command{
		Use: "apply", Short: short("peering apply"), Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			if s := b.Snapshot(); s.Peering.Staged == nil {
				a.say("No row is staged: the table runs as it is.")
				return nil
			}
			if _, err := act[control.Nothing](a, cmd, b, control.PeeringApply{}); err != nil {
				return err
			}
			a.say("The staged rows are applied.")
			return nil
		},
	}
}

func (a *app) peeringAccept() *cobra.Command {
	return &cobra.Command{
		Use: "accept ID", Short: short("peering accept"), Args: needs(1, 1, "the ID of a controller that wants to peer"),
		Long:    "Gives a controller that has this topology's keyset, and tries to reach this one, the row of its ID. The warnings of vns3 status name such controllers.",
		Example: "  vns3 peering accept 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := peering.ParseID(args[0])
			if err != nil {
				return &usageError{err}
			}
			return a.do(cmd, control.PeeringAccept{ID: id}, fmt.Sprintf("Controller %d is accepted.", id))
		},
	}
}

func (a *app) peeringCheck() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "check ID=ADDRESS", Short: short("peering check"), Args: needs(1, 1, "ID=ADDRESS"),
		Long:    "Looks at an address as the row would use it, before it is saved: its syntax, its name, its port, its keyset and its ID. Exit code 1 on an error.",
		Example: "  vns3 peering check 2=10.0.2.10",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, address, ok := strings.Cut(args[0], "=")
			n, err := peering.ParseID(id)
			if !ok || err != nil {
				return wrongUse("%q is not ID=ADDRESS, such as 2=10.0.2.10", args[0])
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			report, err := act[control.Report](a, cmd, b, control.PeeringCheck{ID: n, Address: address})
			if err != nil {
				return err
			}
			if err := a.answer(report, view.Report(report)); err != nil || report.OK {
				return err
			}
			return &silentFailure{}
		},
	})
}
