//go:build linux

package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// Program runs what a program measures, until SIGINT or SIGTERM, and clears away what it left. An error
// ends the process with 1.
func Program(run func(ctx context.Context) error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := Build()
	if err == nil {
		err = run(ctx)
	}
	Clear()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
