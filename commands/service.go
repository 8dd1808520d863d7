package commands

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vns3/commands/service"
	"vns3/commands/view"
	"vns3/engine/api/client"
	"vns3/engine/config"
)

func (a *app) service() *cobra.Command {
	return family("service", "Make this controller a service of systemd", a.serviceInstall(), a.serviceRemove())
}

func (a *app) serviceInstall() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "install", Short: "Install and start the service, from this program", Args: noArguments,
		Long:    "Copies this program to /usr/local/bin, moves configuration and data to /etc/vns3 and /var/lib/vns3, writes a hardened systemd unit that runs as user vns3, and starts it. Whatever fails on the way is undone. Done again, it upgrades the program.\n\nWho is in group vns3 may use the controller without root.",
		Example: "  sudo vns3 service install\n  sudo vns3 service install --config ./vns3.toml",
		RunE: func(cmd *cobra.Command, _ []string) error {
			where, err := a.find()
			if err != nil {
				return err
			}
			var restart string
			if there(a.machine.unit) && knock(where.socket) == nil && where.dataDir == config.RootDataDir {
				restart = "The service restarts, and its tunnels with it. Go on?"
			}
			if err := a.ask(restart); err != nil {
				return err
			}
			if err := service.Install(cmd.Context(), a.serviceOptions(where, a.step, nil)); err != nil {
				return err
			}
			return a.greet(cmd.Context())
		},
	})
}

func (a *app) step(text string) { a.note("✓ %s", text) }

// greet shows that the service's engine answers.
func (a *app) greet(ctx context.Context) error {
	b, err := client.Dial(ctx, client.Target{Socket: config.RootSocket})
	if err != nil {
		return err
	}
	defer b.Close()
	headline, _, _ := strings.Cut(view.Status(b.Snapshot()), "\n")
	a.say("%s", headline)
	return nil
}

func (a *app) serviceRemove() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "remove", Short: "Stop the service and remove it", Args: noArguments,
		Long: "Stops the service, and removes its unit and its program in /usr/local/bin. Configuration and data stay in /etc/vns3 and /var/lib/vns3, where an engine that root runs goes on with them.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			options := a.serviceOptions(place{}, a.step, nil)
			if err := service.Removable(options); err != nil {
				return err
			}
			if err := a.ask("Remove the service? All tunnels of this controller end."); err != nil {
				return err
			}
			if err := service.Remove(cmd.Context(), options); err != nil {
				return err
			}
			a.say("The service is removed. Configuration and data stay in %s and %s.", filepath.Dir(config.RootPath), config.RootDataDir)
			return nil
		},
	})
}

// serviceOptions are this machine and the controller at the place. stop ends its engine in this process.
func (a *app) serviceOptions(where place, say func(string), stop func() error) service.Options {
	binary, err := os.Executable()
	if err == nil {
		binary, _ = filepath.EvalSymlinks(binary)
	}
	return service.Options{
		Privileged: a.env.Geteuid() == 0, Binary: binary, Config: where.config, DataDir: where.dataDir,
		Run: runProgram, Say: say, Stop: stop,
		Attach: func(ctx context.Context) error {
			b, err := client.Dial(ctx, client.Target{Socket: config.RootSocket})
			if err == nil {
				err = b.Close()
			}
			return err
		},
	}
}

// programTime is how long a program of the system may take: systemd gives the service 20 s to stop and 90 s to
// start. A job that waits for another one, such as that of the clock, may wait for ever.
const programTime = 5 * time.Minute

func runProgram(ctx context.Context, program string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, programTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.WaitDelay = time.Second // what it leaves behind may keep its output open
	out, err := cmd.CombinedOutput()
	line := program + " " + strings.Join(args, " ")
	switch {
	case err == nil, errors.Is(err, exec.ErrWaitDelay):
		return nil
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return fmt.Errorf("%s: it has not ended in time: systemctl list-jobs shows what waits for what", line)
	}
	return fmt.Errorf("%s: %w: %s", line, err, strings.TrimSpace(string(out)))
}
