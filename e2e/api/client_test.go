package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"vns3/engine/enginetest"
)

// caller is a client of one controller's API, as public ones are: HTTPS on port 8000 with whatever
// certificate, HTTP Basic, JSON. Every answer is held against the product's description.
type caller struct {
	*testing.T
	product  *product
	base     string // "https://127.0.0.11:8000"
	password string
	http     *http.Client
}

func newCaller(t *testing.T, p *product, c *enginetest.Controller) *caller {
	t.Helper()
	password, ok := c.InitialPassword()
	if !ok {
		t.Fatal("a fresh controller has no password")
	}
	return callerAt(t, p, fmt.Sprintf("%v:8000", c.Address), password, new(net.Dialer).DialContext)
}

// callerAt is a client of the API at an address, which dial reaches.
func callerAt(t *testing.T, p *product, address, password string, dial func(context.Context, string, string) (net.Conn, error)) *caller {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, DialContext: dial}
	t.Cleanup(transport.CloseIdleConnections)
	return &caller{
		T: t, product: p, base: "https://" + address, password: password,
		http: &http.Client{Transport: transport, Timeout: 60 * time.Second},
	}
}

// socket is the path of the controller's local socket.
func (s *site) socket() string { return filepath.Join(s.Snapshot().Controller.DataDir, "vns3.sock") }

// local is the same client at the controller's local socket, which asks for no password.
func (s *site) local() *caller {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.socket())
	}}
	s.caller.Cleanup(transport.CloseIdleConnections)
	return &caller{T: s.caller.T, product: s.product, base: "http://vns3", http: &http.Client{Transport: transport, Timeout: 60 * time.Second}}
}

// send sends a request and returns what comes back, or why nothing does. body is text, or a value that
// becomes JSON.
func (c *caller) send(method, path string, body any) (answer, error) {
	var text []byte
	kind := "application/json"
	switch b := body.(type) {
	case nil:
	case string:
		text, kind = []byte(b), "text/plain"
	default:
		text, _ = json.Marshal(b)
	}
	request, err := http.NewRequestWithContext(c.Context(), method, c.base+"/api"+path, bytes.NewReader(text))
	if err != nil {
		return answer{}, err
	}
	request.SetBasicAuth("api", c.password)
	request.Header.Set("Content-Type", kind)
	response, err := c.http.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	return answer{response.StatusCode, response.Header, got}, err
}

// do sends a request that must be answered, and holds the answer against the description.
func (c *caller) do(method, path string, body any) answer {
	c.Helper()
	a, err := c.send(method, path, body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	if err := c.product.judge(method, "/api"+path, a); err != nil {
		c.Errorf("%s %s answered %d %.1000q, which is not as the product's: %v", method, path, a.status, a.body, err)
	}
	return a
}

// ok sends a request that must succeed and returns what stands under "response".
func (c *caller) ok(method, path string, body any) any {
	c.Helper()
	a := c.do(method, path, body)
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		c.Fatalf("%s %s %v: %d %s", method, path, body, a.status, a.body)
	}
	envelope, ok := a.decoded().(map[string]any)
	if !ok || len(envelope) != 1 {
		c.Fatalf("%s %s: %s is not {\"response\": …}", method, path, a.body)
	}
	return envelope["response"]
}

// object is ok for a response that is an object.
func (c *caller) object(method, path string, body any) object {
	c.Helper()
	o, ok := c.ok(method, path, body).(map[string]any)
	if !ok {
		c.Fatalf("%s %s: the response is no object", method, path)
	}
	return o
}

// refused sends a request that must fail in the given way.
func (c *caller) refused(method, path string, body any, status int, name, message string) {
	c.Helper()
	a := c.do(method, path, body)
	if f := a.failure(); a.status != status || f.Name != name || f.Message != message || f.Log == "" {
		c.Errorf("%s %s %v: %d %s, want %d %s %q", method, path, body, a.status, a.body, status, name, message)
	}
}

type object = map[string]any

func (a answer) decoded() any {
	var value any
	if json.Unmarshal(a.body, &value) != nil {
		return nil
	}
	return value
}

type failure struct{ Name, Log, Message string }

func (a answer) failure() failure {
	var envelope struct{ Error failure }
	_ = json.Unmarshal(a.body, &envelope) // what is no failure is an empty one
	return envelope.Error
}

// want compares fields of an object. nil: it must not be there.
func (c *caller) want(what string, got, want object) {
	c.Helper()
	for name, value := range want {
		g, there := got[name]
		if value == nil && !there {
			continue
		}
		if fmt.Sprint(g) != fmt.Sprint(value) || !there || value == nil {
			c.Errorf("%s: %s is %v, want %v", what, name, g, value)
		}
	}
}

// poll asks again and again, as clients do, until something is so.
func (c *caller) poll(every time.Duration, what string, so func() bool) {
	c.Helper()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for deadline := time.Now().Add(80 * time.Second); !so(); <-tick.C {
		if time.Now().After(deadline) {
			c.Fatalf("%s: waited in vain for %s", c.base, what)
		}
	}
}

// restart waits until the controller is gone, with connections refused and not merely failing, and back.
func (c *caller) restart(every time.Duration) {
	c.Helper()
	c.poll(every, "the listener to go", func() bool {
		_, err := c.send("GET", "/config", nil)
		if err != nil && !errors.Is(err, syscall.ECONNREFUSED) {
			c.Logf("%s while going down: %v", c.base, err) // a kept-alive connection was closed
		}
		return errors.Is(err, syscall.ECONNREFUSED)
	})
	c.poll(every, "the listener to come back", func() bool {
		a, err := c.send("GET", "/config", nil)
		return err == nil && a.status == http.StatusOK
	})
}
