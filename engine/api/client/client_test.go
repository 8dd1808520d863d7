package client_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/control/controltest"
	"vns3/engine/api"
	"vns3/engine/api/apitest"
	"vns3/engine/api/cert"
	"vns3/engine/api/client"
	"vns3/status"
	"vns3/status/statustest"
)

func dial(t *testing.T, target client.Target) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), target)
	if err != nil {
		t.Fatalf("Dial: %v", err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// The client over the local socket keeps the contract of a backend.
func TestContractSocket(t *testing.T) {
	controltest.Run(t, func(t *testing.T) control.Backend {
		return dial(t, client.Target{Socket: apitest.Start(t, apitest.SiteOptions{}).Socket})
	})
}

// The client over HTTPS keeps it too.
func TestContractHTTPS(t *testing.T) {
	controltest.Run(t, func(t *testing.T) control.Backend {
		return dial(t, client.Target{Address: apitest.Start(t, apitest.SiteOptions{}).Addr(), Password: apitest.Password})
	})
}

// While the listener restarts, Wait says once that the controller is gone; then the client is back by
// itself with new snapshots.
func TestReconnects(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c := dial(t, client.Target{Address: site.Addr(), Password: apitest.Password})
	if _, err := control.Do[control.LicenseShown](t.Context(), c, control.LicenseInstall{Text: apitest.LicenseText(4, 8)}); err != nil {
		t.Fatal(err)
	}
	if _, err := control.Do[control.LicenseShown](t.Context(), c, control.LicenseParameters{Default: true}); err != nil {
		t.Fatal(err)
	}
	snap, losses := c.Snapshot(), 0
	name := "After the restart"
	for snap.Controller.Name != name {
		next, err := c.Wait(t.Context(), snap)
		switch {
		case errors.Is(err, control.ErrDisconnected):
			losses++
			if _, err := site.Controller.Do(t.Context(), control.ConfigSet{Name: &name}); err != nil {
				t.Fatal(err)
			}
		case err != nil:
			t.Fatalf("Wait: %v", err)
		default:
			snap = next
		}
	}
	if losses != 1 {
		t.Errorf("Wait told of %d losses, want 1", losses)
	}
}

// Whose password was changed while he was connected is told so, when the connection next breaks.
func TestPasswordChanged(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c := dial(t, client.Target{Address: site.Addr(), Password: apitest.Password})
	snap := c.Snapshot()
	if _, err := site.Access.SetPassword(control.AccessPassword{Password: "another password"}); err != nil {
		t.Fatal(err)
	}
	site.Server.Restart(api.ParametersSet)
	var e *control.Error
	for e == nil || e.Kind != control.Unauthorized {
		next, err := c.Wait(t.Context(), snap)
		if err == nil {
			snap = next
		} else if !errors.As(err, &e) {
			t.Fatal(err)
		}
	}
	if !strings.Contains(e.Remedy, "give the right user and password") {
		t.Errorf("it says %q", e.Error())
	}
}

// Wrong credentials, no engine, a file that may not be opened: each says what to do.
func TestDialRefused(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	for _, refusal := range []struct {
		name   string
		target client.Target
		kind   control.Kind
		says   string
	}{
		{"wrong password", client.Target{Address: site.Addr(), Password: "something else"}, control.Unauthorized, "password"},
		{"wrong token", client.Target{Address: site.Addr(), Token: "something else"}, control.Unauthorized, "token"},
		{"no socket", client.Target{Socket: filepath.Join(t.TempDir(), "none.sock")}, control.Disconnected, "no engine answers"},
		{"nobody listens", client.Target{Address: "127.0.0.1:1", Password: "x"}, control.Disconnected, "no engine answers"},
	} {
		t.Run(refusal.name, func(t *testing.T) {
			_, err := client.Dial(t.Context(), refusal.target)
			var e *control.Error
			if !errors.As(err, &e) || e.Kind != refusal.kind || !strings.Contains(e.Error(), refusal.says) {
				t.Errorf("Dial = %#v, want kind %q and a text with %q", err, refusal.kind, refusal.says)
			}
		})
	}
}

// A key is pinned on first use; another controller at the same address is refused, unless it proves
// that it has the topology's keyset.
func TestTrust(t *testing.T) {
	seed := cert.Seed{1, 2, 3}
	authority := func() (cert.Seed, bool) { return seed, true }
	known := filepath.Join(t.TempDir(), "known")
	site := apitest.Start(t, apitest.SiteOptions{Authority: authority})
	var told []string
	target := client.Target{
		Address: site.Addr(), Password: apitest.Password, KnownHosts: known,
		FirstContact: func(host, fingerprint string) { told = append(told, host+" "+fingerprint) },
	}

	dial(t, target)
	if len(told) != 1 {
		t.Errorf("told of the first contact: %q", told)
	}
	body, err := os.ReadFile(known)
	if err != nil || !strings.HasPrefix(string(body), site.Addr()+" ") {
		t.Fatalf("known hosts after the first use: %q, %v", body, err)
	}
	dial(t, target)
	if len(told) != 1 || told[0]+"\n" != string(body) {
		t.Errorf("told %q, remembered %q", told, body)
	}

	if err := os.WriteFile(known, []byte(site.Addr()+" 0123456789abcdef\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = client.Dial(t.Context(), target)
	var e *control.Error
	if !errors.As(err, &e) || e.Kind != control.NotAllowed || !strings.Contains(e.Remedy, known) {
		t.Errorf("Dial to another key = %v, want a refusal that names %s", err, known)
	}

	target.Authority = authority
	dial(t, target)
	target.Authority = func() (cert.Seed, bool) { return cert.Seed{9}, true }
	if _, err := client.Dial(t.Context(), target); err == nil {
		t.Error("a controller of another topology was trusted")
	}
}

// A client that is closed ends at once and leaves nothing behind; waiting ends with the context.
func TestClose(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c, err := client.Dial(t.Context(), client.Target{Socket: site.Socket})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Wait(ctx, c.Snapshot()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Wait = %v, want the error of its context", err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// A snapshot arrives whole: what the client has is, as JSON, what the controller has.
func TestSnapshotArrivesWhole(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c := dial(t, client.Target{Socket: site.Socket})
	for name, snap := range map[string]*status.Snapshot{
		"three": statustest.Three(), "nine": statustest.Nine(), "crowd": statustest.Crowd(), "degraded": statustest.Degraded(),
		"routed": statustest.Routed(), "unlicensed": statustest.Unlicensed(), "draining": statustest.Draining(),
	} {
		site.Edit(func(s *status.Snapshot) {
			*s = *snap
			s.Controller.Name = name
		})
		seen := c.Snapshot()
		for seen.Controller.Name != name {
			next, err := c.Wait(t.Context(), seen)
			if err != nil {
				t.Fatal(err)
			}
			seen = next
		}
		want, _ := json.Marshal(site.Snapshot())
		got, _ := json.Marshal(seen)
		if string(got) != string(want) {
			t.Errorf("%s: the client has\n%s\nthe controller\n%s", name, got, want)
		}
	}
}
