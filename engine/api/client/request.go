package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"vns3/control"
	"vns3/status"
)

// request is one call of the API.
type request struct {
	method string
	path   string
	query  url.Values
	body   []byte
}

// Do implements control.Backend. When it returns, Snapshot shows what was done.
func (c *Client) Do(ctx context.Context, q control.Request) (any, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return nil, asError(q.Action(), err)
	}
	path := "/local/do/" + strings.ReplaceAll(q.Action(), " ", "/")
	text, header, err := c.call(ctx, request{method: http.MethodPost, path: path, body: body})
	if err != nil {
		return nil, asError(q.Action(), err)
	}
	reply, err := control.DecodeReply(q.Action(), text)
	if err != nil {
		return nil, asError(q.Action(), fmt.Errorf("the reply is not understood: %w", err))
	}
	if at, err := time.Parse(time.RFC3339Nano, header.Get("Vns3-Snapshot-At")); err == nil {
		c.caughtUp(ctx, at)
	}
	return reply, nil
}

// Events implements control.Backend.
func (c *Client) Events(ctx context.Context, after uint64) ([]status.Event, error) {
	query := url.Values{"after": {strconv.FormatUint(after, 10)}}
	text, _, err := c.call(ctx, request{method: http.MethodGet, path: "/local/events", query: query})
	if err != nil {
		return nil, asError("events", err)
	}
	var events []status.Event
	if err := json.Unmarshal(text, &events); err != nil {
		return nil, asError("events", fmt.Errorf("the reply is not understood: %w", err))
	}
	return events, nil
}

// call sends a request and reads the whole reply.
func (c *Client) call(ctx context.Context, q request) ([]byte, http.Header, error) {
	response, err := c.send(ctx, q)
	if err != nil {
		return nil, nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxReply))
	return text, response.Header, err
}

// send sends a request; a refusal is an error.
func (c *Client) send(ctx context.Context, q request) (*http.Response, error) {
	target := c.base
	target.Path, target.RawQuery = q.path, q.query.Encode()
	r, err := http.NewRequestWithContext(ctx, q.method, target.String(), bytes.NewReader(q.body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	switch {
	case c.target.Socket != "":
	case c.target.Token != "":
		r.Header.Set("Api-Token", c.target.Token)
	default:
		r.SetBasicAuth(c.target.User, c.target.Password)
	}
	response, err := c.http.Do(r)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		defer response.Body.Close()
		return nil, refusal(response)
	}
	return response, nil
}

// refusal reads the control.Error that the controller answered with.
func refusal(response *http.Response) error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	refused := &control.Error{}
	if json.Unmarshal(text, refused) != nil || refused.Kind == "" {
		refused = &control.Error{Kind: control.Internal, Reason: "it answered " + response.Status, Remedy: "is this a vns3 controller?"}
	}
	if response.StatusCode == http.StatusUnauthorized {
		refused.Kind, refused.What, refused.Remedy = control.Unauthorized, "login", "give the right user and password, or a token that is valid"
	}
	return refused
}

// NotLetIn says that the engine of the local socket is not for this user.
func NotLetIn(socket string) error {
	return &control.Error{Kind: control.NotAllowed, What: socket, Reason: "an engine runs here, but this user may not ask it", Remedy: "use sudo or join the group vns3"}
}

// asError makes a *control.Error of any error, with what the operator can do.
func asError(what string, err error) error {
	var refused *control.Error
	var url *url.Error
	if errors.As(err, &url) && !errors.As(err, &refused) {
		err = url.Err // without method and address
	}
	switch {
	case errors.As(err, &refused):
		return refused
	case errors.Is(err, context.Canceled) && !late(err):
		return &control.Error{Kind: control.Disconnected, What: what, Reason: "given up before it answered"}
	case errors.Is(err, fs.ErrPermission):
		return NotLetIn(what)
	}
	reason, remedy := inWords(err)
	return &control.Error{Kind: control.Disconnected, What: what, Reason: reason, Remedy: remedy}
}
