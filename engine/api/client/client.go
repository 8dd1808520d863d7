// Package client is the Go client of a controller's API: over its local socket, or over HTTPS.
package client

import (
	"context"

	"vns3/control"
	"vns3/engine/api/cert"
	"vns3/status"
)

// Target is a controller and how to be let in. Socket, or Address with a password or a token.
type Target struct {
	Socket string // path of the local socket

	Address    string // HOST or HOST:PORT; without a port 8000
	User       string // empty: "api"
	Password   string
	Token      string
	KnownHosts string                   // file of certificates seen before; made if absent
	Authority  func() (cert.Seed, bool) // this topology's authority, if a keyset is here
}

// Client is a control.Backend on the other side of a connection. It reconnects by itself.
type Client struct{}

var _ control.Backend = (*Client)(nil)

// Dial connects and returns when the first snapshot is there. Errors are *control.Error.
func Dial(ctx context.Context, t Target) (*Client, error) { return &Client{}, nil }

// Close ends the connection and waits for what it started.
func (c *Client) Close() error { return nil }

// Snapshot implements control.Backend.
func (c *Client) Snapshot() *status.Snapshot { return nil }

// Wait implements control.Backend.
func (c *Client) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	return nil, nil
}

// Events implements control.Backend.
func (c *Client) Events(ctx context.Context, after uint64) ([]status.Event, error) { return nil, nil }

// Do implements control.Backend.
func (c *Client) Do(ctx context.Context, request control.Request) (any, error) { return nil, nil }
