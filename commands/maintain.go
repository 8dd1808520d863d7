package commands

import (
	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/peering"
)

func (a *app) drain() *cobra.Command {
	var undo bool
	cmd := a.confirmed(&cobra.Command{
		Use: "drain", Short: short("drain"), Args: noArguments,
		Long:    "Hands every client server and all transit traffic over to the other controllers, without loss, before maintenance. It survives a restart; --undo ends it.",
		Example: "  vns3 drain --yes\n  vns3 drain --undo",
		RunE: func(cmd *cobra.Command, _ []string) error {
			a.yes = a.yes || undo // only handing over is asked for
			return a.doTask(cmd, control.Drain{Undo: undo})
		},
	})
	cmd.Flags().BoolVar(&undo, "undo", false, "take clients and traffic again")
	return cmd
}

func (a *app) rebalance() *cobra.Command {
	return &cobra.Command{
		Use: "rebalance", Short: short("rebalance"), Args: noArguments,
		Long: "Moves client servers, without loss, until each is at the controller that its clientpack names: after a drain, or after a lost controller came back.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doTask(cmd, control.Rebalance{}) },
	}
}

func (a *app) takeover() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "takeover ID", Short: short("takeover"), Args: needs(1, 1, "the ID of a lost controller"),
		Long:    "Takes the client servers of a lost controller, where the controllers here are too few to do it by themselves. Do it on one side of a cut only: else clients move to and fro.",
		Example: "  vns3 takeover 3",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := peering.ParseID(args[0])
			if err != nil {
				return &usageError{err}
			}
			return a.doTask(cmd, control.Takeover{Controller: id})
		},
	})
}
