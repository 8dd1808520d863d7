package commands

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"

	"vns3/agent"
)

func (a *app) client() *cobra.Command {
	var name string
	cmd := &cobra.Command{
		Use: "client FILE", Short: "Attach this machine with a clientpack, and move it when its controller fails",
		Long:    "Runs a small agent on a client server, instead of wg-quick: it attaches to the nearest controller and moves to another one in less than a second when that one falls silent. It is for machines behind a NAT or firewall that no controller can reach. It needs no configuration and keeps no data. SIGINT and SIGTERM end it and remove its interface.",
		Example: "  vns3 client /etc/vns3/vns3-255_193.conf",
		Args:    needs(1, 1, "the file of an exported clientpack"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runClient(cmd.Context(), args[0], name)
		},
	}
	cmd.Flags().StringVar(&name, "interface", "auto", "`NAME` of the interface; auto: the first free of vns3, vns31, …")
	cmd.Flags().BoolVar(&a.json, "json", false, "write a line of JSON at each change")
	return cmd
}

func (a *app) runClient(ctx context.Context, path, name string) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("the clientpack cannot be read: %w", err)
	}
	pack, err := agent.Parse(string(raw))
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	o := agent.Options{Pack: pack, Interface: name, Log: slog.New(slog.NewTextHandler(a.err, nil))}
	if a.json {
		lines := json.NewEncoder(a.out)
		o.Changed = func(r agent.Report) {
			if err := lines.Encode(r); err != nil {
				o.Log.Warn("the status line cannot be written", "error", err)
			}
		}
	}
	return agent.Run(ctx, o)
}
