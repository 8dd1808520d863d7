package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"vns3/control"
)

// A refused connection is tried again for as long as the target's patience lasts, and no other failure is.
func TestPatience(t *testing.T) {
	for name, c := range map[string]struct {
		patience time.Duration
		refused  int // attempts, before one breaks off
		attempts int
		reason   string
	}{
		"none":             {0, 5, 1, "no engine answers there"},
		"until it answers": {time.Second, 3, 4, "the connection broke off"},
		"until it is over": {time.Second, 100, 11, "no engine answers there"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				client := newClient(Target{Address: "192.0.2.1", Patience: c.patience})
				attempts := 0
				client.http.Transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
					if attempts++; attempts > c.refused {
						return nil, io.ErrUnexpectedEOF
					}
					return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
				}
				_, err := client.openFirst(t.Context(), t.Context())
				var known *control.Error
				if attempts != c.attempts || !errors.As(err, &known) || known.Reason != c.reason {
					t.Errorf("%d attempts, want %d; %v, want %s", attempts, c.attempts, err, c.reason)
				}
			})
		})
	}
}
