package client_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/engine/api/client"
)

// TestUnreachableInWords proves that whatever keeps a client from a controller is said in the user's words,
// with what helps, and never in those of the system.
func TestUnreachableInWords(t *testing.T) {
	for name, c := range map[string]struct {
		serve  func(net.Conn) // nil: nobody listens
		host   string         // empty: where serve is
		reason string
	}{
		"nobody listens": {reason: "no engine answers there"},
		"no such name":   {host: "controller.invalid", reason: "the name controller.invalid does not resolve"},
		"no TLS":         {serve: func(c net.Conn) { c.Write([]byte("HTTP/1.0 400 Bad Request\r\n\r\n")) }, reason: "does not speak TLS"},
		"hangs up":       {serve: func(c net.Conn) { c.Close() }, reason: "the connection broke off"},
		"says nothing":   {serve: func(net.Conn) {}, reason: "no answer before the time was up"},
	} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp4", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			if c.serve == nil {
				l.Close()
			} else {
				go func() {
					for {
						conn, err := l.Accept()
						if err != nil {
							return
						}
						defer conn.Close()
						c.serve(conn)
					}
				}()
			}
			host := c.host
			if host == "" {
				host = l.Addr().String()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
			defer cancel()
			_, err = client.Dial(ctx, client.Target{Address: host, Password: apitest.Password})
			var refused *control.Error
			if !errors.As(err, &refused) || refused.Kind != control.Disconnected || !strings.Contains(refused.Reason, c.reason) {
				t.Fatalf("Dial = %v, want %q", err, c.reason)
			}
			if refused.What == "" || refused.Remedy == "" || strings.Contains(err.Error(), "dial tcp") {
				t.Errorf("what the user reads: %v", err)
			}
		})
	}
}

// TestSilentEngine proves that an engine of this machine that does not answer is not taken for one elsewhere.
func TestSilentEngine(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "vns3.sock")
	l, err := net.Listen("unix", socket) // nobody accepts
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	_, err = client.Dial(ctx, client.Target{Socket: socket})
	var silent *control.Error
	if !errors.As(err, &silent) || silent.What != socket || silent.Reason != "an engine is there but does not answer" || strings.Contains(silent.Remedy, "TCP") {
		t.Errorf("Dial = %v", err)
	}
}
