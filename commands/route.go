package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
	"vns3/status"
)

func (a *app) route() *cobra.Command {
	return family("route", "Routes to networks behind the controllers",
		a.routeList(), a.routeAdd(), a.routeRemove(),
		a.routeEnable("enable", "Use a route again", true), a.routeEnable("disable", "Keep a route but do not use it", false))
}

func (a *app) routeList() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "list", Short: "List routes of this controller and of the others", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withSnapshot(cmd, a.open, func(s *status.Snapshot) error { return a.answer(s.Routes, view.Routes(s)) })
		},
	})
}

func (a *app) routeAdd() *cobra.Command {
	var q control.RouteAdd
	cmd := a.reads(&cobra.Command{
		Use: "add NETWORK", Short: short("route add"), Args: needs(1, 1, "a network"),
		Long:    "Adds a route of this controller. With --advertise the other controllers send what is for the network here.",
		Example: "  vns3 route add 192.168.10.0/24 --advertise --description office\n  vns3 route add 10.8.0.0/16 --gateway 10.0.1.1 --interface eth1",
		RunE: func(cmd *cobra.Command, args []string) error {
			q.CIDR = args[0]
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			added, err := act[status.Route](a, cmd, b, q)
			if err != nil {
				return err
			}
			return a.answer(added, fmt.Sprintf("Route %d to %s is added.\n", added.ID, added.CIDR))
		},
	})
	flags := cmd.Flags()
	flags.BoolVar(&q.Advertise, "advertise", false, "tell the other controllers that this one leads there")
	flags.StringVar(&q.Gateway, "gateway", "", "next hop, an `ADDRESS` on a network of this host")
	flags.StringVar(&q.Interface, "interface", "", "`INTERFACE` of this host that leads there")
	flags.IntVar(&q.Metric, "metric", 0, "the lowest of several routes is taken")
	flags.StringVar(&q.Description, "description", "", "`TEXT` to show")
	return cmd
}

func (a *app) routeRemove() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "remove ROUTE", Short: short("route remove"), Args: needs(1, 1, "the number of a route, which vns3 route list shows"),
		Example: "  vns3 route remove 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number(args[0], "the number of a route")
			if err != nil {
				return err
			}
			return a.do(cmd, control.RouteRemove{ID: id}, fmt.Sprintf("Route %d is removed.", id))
		},
	})
}

func (a *app) routeEnable(name, about string, enabled bool) *cobra.Command {
	return &cobra.Command{
		Use: name + " ROUTE", Short: about, Args: needs(1, 1, "the number of a route, which vns3 route list shows"),
		Example: "  vns3 route " + name + " 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number(args[0], "the number of a route")
			if err != nil {
				return err
			}
			return a.do(cmd, control.RouteEnable{ID: id, Enabled: enabled}, fmt.Sprintf("Route %d is %sd.", id, name))
		},
	}
}
