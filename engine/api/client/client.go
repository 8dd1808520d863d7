// Package client is the Go client of a controller's API, over its local socket or over HTTPS. A Client
// is a control.Backend, so console and commands do not know whether the engine is in their process,
// on this machine or elsewhere. It keeps no state of its own but certificates seen before.
//
// A Client follows /local/stream and has the newest snapshot at hand. When the controller goes away
// it says so once and connects again by itself, after 100 ms and then at most every 2 s; an action is
// never sent twice.
package client

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"vns3/control"
	"vns3/engine/api/cert"
	"vns3/status"
)

// Target is a controller and how to be let in: Socket, or Address with a password or a token.
type Target struct {
	Socket string // path of the local socket

	Address    string // HOST or HOST:PORT; without a port 8000
	User       string // empty: "api"
	Password   string
	Token      string                   // instead of User and Password
	KnownHosts string                   // file of keys seen before, made if absent; empty: only this Client remembers
	Authority  func() (cert.Seed, bool) // of this topology, if a keyset is here; nil: none

	// Patience is how long Dial tries a refused connection again: a controller that has just fetched its
	// keys restarts its listener.
	Patience time.Duration

	// FirstContact is told the fingerprint of a key that nobody knew and that is remembered from now on;
	// nil: nobody is told.
	FirstContact func(host, fingerprint string)
}

const (
	defaultPort  = "8000"
	dialTimeout  = 5 * time.Second
	firstRetry   = 100 * time.Millisecond
	lastRetry    = 2 * time.Second
	deniedRetry  = 30 * time.Second // with a wrong password: do not use up what the controller allows
	silenceLimit = 7 * time.Second  // three heartbeats and a bit
	catchUp      = 2 * time.Second  // for the stream to show what an action did
	maxLine      = 64 << 20
	maxReply     = 64 << 20
)

// Client is a control.Backend on the other side of a connection. It is safe for concurrent use.
type Client struct {
	target Target
	base   url.URL
	http   *http.Client
	stop   context.CancelFunc
	done   chan struct{}

	mu       sync.Mutex
	snap     *status.Snapshot
	changed  chan struct{} // closed with every change below
	losses   int           // how often the controller went away
	reported int           // how many of them Wait has told
	refusal  error         // why it does not let this client in again; nil: it does, or does not answer
}

var _ control.Backend = (*Client)(nil)

// Dial connects and returns when the first snapshot is there. Errors are *control.Error; a controller
// that is not there at once is not waited for.
func Dial(ctx context.Context, t Target) (*Client, error) {
	c := newClient(t)
	following, stop := context.WithCancel(context.Background())
	c.stop = stop
	stream, err := c.openFirst(ctx, following)
	if err != nil {
		stop()
		c.http.CloseIdleConnections()
		return nil, err
	}
	go func() {
		defer close(c.done)
		c.follow(following, stream)
	}()
	if _, err := c.Wait(ctx, nil); err != nil {
		c.Close()
		return nil, asError("first snapshot", err)
	}
	return c, nil
}

func newClient(t Target) *Client {
	c := &Client{target: t, done: make(chan struct{}), changed: make(chan struct{})}
	transport := &http.Transport{MaxIdleConnsPerHost: 4, IdleConnTimeout: 30 * time.Second}
	dialer := &net.Dialer{Timeout: dialTimeout}
	if t.Socket != "" {
		c.base = url.URL{Scheme: "http", Host: "vns3"}
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return dialer.DialContext(ctx, "unix", t.Socket)
		}
	} else {
		c.target.User = cmp.Or(t.User, "api")
		c.base = url.URL{Scheme: "https", Host: withPort(t.Address)}
		transport.DialContext = dialer.DialContext
		transport.TLSHandshakeTimeout = dialTimeout
		transport.TLSClientConfig = newTrust(t, c.base.Host).config()
	}
	c.http = &http.Client{Transport: transport}
	return c
}

// withPort adds the API's port to an address that has none.
func withPort(address string) string {
	if _, _, err := net.SplitHostPort(address); err == nil {
		return address
	}
	if ip := net.ParseIP(address); ip != nil {
		return net.JoinHostPort(address, defaultPort)
	}
	return address + ":" + defaultPort // a name, or an IPv6 address in brackets
}

// Close ends the connection and waits for what it started.
func (c *Client) Close() error {
	c.stop()
	<-c.done
	c.http.CloseIdleConnections()
	return nil
}

// Snapshot implements control.Backend.
func (c *Client) Snapshot() *status.Snapshot {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.snap
}

// Wait implements control.Backend. Everybody who waits when the controller goes away, or the first
// who comes after, gets control.ErrDisconnected; and then, if it does not let this client in again, as
// after a change of its password, why not.
func (c *Client) Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	c.mu.Lock()
	told := c.reported
	c.mu.Unlock()
	for {
		c.mu.Lock()
		snap, changed := c.snap, c.changed
		lost, refusal := c.losses > told, c.refusal
		if snap == than && lost {
			c.reported = c.losses
		}
		c.mu.Unlock()
		switch {
		case snap != than:
			return snap, nil
		case lost && refusal != nil:
			return nil, refusal
		case lost:
			return nil, control.ErrDisconnected
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// change edits the state and wakes everybody who waits.
func (c *Client) change(edit func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	edit()
	close(c.changed)
	c.changed = make(chan struct{})
}

// caughtUp waits, not for long, until the snapshot is of the given time or later.
func (c *Client) caughtUp(ctx context.Context, at time.Time) {
	ctx, cancel := context.WithTimeout(ctx, catchUp)
	defer cancel()
	for {
		c.mu.Lock()
		snap, changed := c.snap, c.changed
		c.mu.Unlock()
		if snap != nil && !snap.At.Before(at) {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return
		}
	}
}
