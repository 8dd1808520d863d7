package fetch

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"testing"
)

// answering dials a program that does what it wants with the connection, then closes it.
func answering(do func(net.Conn)) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		go func() {
			defer far.Close()
			do(far)
		}()
		return near, nil
	}
}

func tlsServer(c net.Conn, protocols ...string) *tls.Conn {
	return tls.Server(c, serverTLS(protocols...))
}

// connect is a client of its own making inside the TLS connection.
func (w *world) connect(t testing.TB) *tls.Conn {
	t.Helper()
	near, err := w.dial(t.Context(), "tcp", "")
	if err != nil {
		t.Fatal(err)
	}
	return tls.Client(near, &tls.Config{InsecureSkipVerify: true, NextProtos: []string{ALPN}})
}

// cutter is a connection that ends after some bytes, in one direction.
type cutter struct {
	net.Conn
	reading, writing int // bytes left; below zero: no end
}

func (c *cutter) Read(p []byte) (int, error) {
	if c.reading == 0 {
		c.Close()
		return 0, io.EOF
	}
	if c.reading > 0 && len(p) > c.reading {
		p = p[:c.reading]
	}
	n, err := c.Conn.Read(p)
	c.reading -= min(n, max(c.reading, 0))
	return n, err
}

func (c *cutter) Write(p []byte) (int, error) {
	if c.writing >= 0 && len(p) > c.writing {
		n, _ := c.Conn.Write(p[:c.writing])
		c.writing = 0
		c.Close()
		return n, io.ErrClosedPipe
	}
	c.writing -= min(len(p), max(c.writing, 0))
	return c.Conn.Write(p)
}

// counter counts what goes through a connection.
type counter struct {
	net.Conn
	read, written *int
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	*c.read += n
	return n, err
}

func (c counter) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	*c.written += n
	return n, err
}
