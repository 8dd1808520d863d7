package client

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"syscall"
	"time"

	"vns3/control"
	"vns3/status"
)

// stream is an open /local/stream.
type stream struct {
	response *http.Response
	cancel   context.CancelFunc
	watchdog *time.Timer // ends the request after too long a silence
}

func (s *stream) close() {
	s.watchdog.Stop()
	s.cancel()
	s.response.Body.Close()
}

// openFirst opens the stream with the patience of the target.
func (c *Client) openFirst(ctx, life context.Context) (*stream, error) {
	for end := time.Now().Add(c.target.Patience); ; {
		s, err := c.openStream(ctx, life)
		switch {
		case err == nil:
			return s, nil
		case !errors.Is(err, syscall.ECONNREFUSED) || !time.Now().Before(end):
			return nil, c.explain(err)
		}
		again := time.NewTimer(firstRetry)
		select {
		case <-again.C:
		case <-ctx.Done():
			again.Stop()
			return nil, c.explain(ctx.Err())
		}
	}
}

// explain says why the stream cannot be opened, and what the operator can do.
func (c *Client) explain(err error) error {
	if c.target.Socket != "" && late(err) {
		return &control.Error{Kind: control.Disconnected, What: c.target.Socket, Reason: "an engine is there but does not answer", Remedy: "look at its log and at the load of this machine, or start it again"}
	}
	return asError(cmp.Or(c.target.Socket, c.base.Host), err)
}

// openStream asks for the stream. It lives as long as life; opening it ends with ctx too.
func (c *Client) openStream(ctx, life context.Context) (*stream, error) {
	opening, cancel := context.WithCancel(life)
	watchdog := time.AfterFunc(silenceLimit, cancel)
	defer context.AfterFunc(ctx, cancel)()
	response, err := c.send(opening, request{method: http.MethodGet, path: "/local/stream"})
	if err != nil {
		watchdog.Stop()
		cancel()
		switch {
		case !errors.Is(err, context.Canceled):
		case ctx.Err() != nil:
			err = ctx.Err()
		case life.Err() == nil:
			err = os.ErrDeadlineExceeded // the watchdog ended it
		}
		return nil, err
	}
	return &stream{response, cancel, watchdog}, nil
}

// follow reads the stream and opens it again when it breaks, until ctx ends.
func (c *Client) follow(ctx context.Context, s *stream) {
	for {
		c.read(s)
		s.close()
		if ctx.Err() != nil {
			return
		}
		c.change(func() { c.losses++ })
		c.http.CloseIdleConnections() // they are as dead: no action shall find out
		if s = c.reopen(ctx); s == nil {
			return
		}
	}
}

// reopen tries until it works or ctx ends; then it returns nil.
func (c *Client) reopen(ctx context.Context) *stream {
	for wait := firstRetry; ; {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case <-timer.C:
		}
		s, err := c.openStream(ctx, ctx)
		if err == nil {
			c.change(func() { c.refusal = nil })
			return s
		}
		var refused *control.Error
		if errors.As(c.explain(err), &refused) && (refused.Kind == control.Unauthorized || refused.Kind == control.NotAllowed) {
			c.refused(refused)
			wait = deniedRetry
		} else {
			wait = min(2*wait, lastRetry)
		}
	}
}

// refused makes Wait tell, once, why the controller does not let this client in again.
func (c *Client) refused(why error) {
	c.change(func() {
		if c.refusal == nil {
			c.losses++
		}
		c.refusal = why
	})
}

// read takes snapshots from the stream until it breaks.
func (c *Client) read(s *stream) {
	lines := bufio.NewScanner(s.response.Body)
	lines.Buffer(make([]byte, 0, 64<<10), maxLine)
	for lines.Scan() {
		s.watchdog.Reset(silenceLimit)
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) <= len("{}") {
			continue // a heartbeat
		}
		snap := new(status.Snapshot)
		if json.Unmarshal(line, snap) != nil {
			return // not our protocol: as if it had gone
		}
		c.change(func() { c.snap = snap })
	}
}
