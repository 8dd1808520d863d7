package commands

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"vns3/engine"
	"vns3/status"
)

func (a *app) headless() *cobra.Command {
	return &cobra.Command{
		Use: "headless", Short: "Run the engine without a console, until SIGINT or SIGTERM", Args: noArguments,
		Long: "Runs the engine in the foreground and logs to standard error. SIGHUP reads the configuration again. SIGINT and SIGTERM end it: its peers are told first, so that they reroute. Under systemd it says when it is ready, and that it lives.",
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runHeadless(cmd.Context()) },
	}
}

func (a *app) runHeadless(ctx context.Context) error {
	where, err := a.find()
	if err != nil {
		return err
	}
	if err := a.mayRun(where); err != nil {
		return err
	}
	if a.relax != nil {
		a.relax()
	}
	ctx, stop := signal.NotifyContext(ctx, syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	defer signal.Stop(hangups)
	before := takeBaton()
	log, level := logger(where, a.err)
	e, err := engine.New(engine.Options{ConfigPath: where.config, Env: a.env, Mode: status.Headless, Version: a.version, Log: log, LogLevel: level})
	if err != nil {
		before.tell(err)
		return err
	}
	group, inner := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer stop() // an engine that ends by itself ends the rest
		return e.Run(inner)
	})
	group.Go(func() error { reloadOn(inner, hangups, e, log); return nil })
	group.Go(func() error {
		select {
		case <-e.Ready():
		case <-inner.Done():
			return nil
		}
		before.tell(nil)
		return tellSystemd(inner, e)
	})
	return group.Wait()
}

// reloadOn reads the configuration again at each hangup, until ctx ends.
func reloadOn(ctx context.Context, hangups <-chan os.Signal, e *engine.Engine, log *slog.Logger) {
	for {
		select {
		case <-hangups:
			if err := e.Reload(ctx); err != nil {
				log.Error("the configuration was not reloaded", "error", err)
			}
		case <-ctx.Done():
			return
		}
	}
}

// tellSystemd says that the engine is ready, and that it lives: a snapshot is made once a second, so a
// new one shows that the parts behind it still answer. Without systemd it does nothing.
func tellSystemd(ctx context.Context, e *engine.Engine) error {
	if _, err := daemon.SdNotify(false, daemon.SdNotifyReady); err != nil {
		return err
	}
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil || interval == 0 {
		<-ctx.Done()
	}
	var last *status.Snapshot
	for ctx.Err() == nil {
		snapshot, err := e.Wait(ctx, last)
		if err != nil {
			break
		}
		last = snapshot
		if _, err := daemon.SdNotify(false, daemon.SdNotifyWatchdog); err != nil {
			return err
		}
		select {
		case <-time.After(interval / 3):
		case <-ctx.Done():
		}
	}
	_, err = daemon.SdNotify(false, daemon.SdNotifyStopping)
	return err
}
