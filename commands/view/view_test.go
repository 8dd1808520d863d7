package view_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"

	"vns3/commands/view"
	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s differs; got:\n%s", path, got)
	}
}

var snapshots = map[string]func() *status.Snapshot{
	"three": statustest.Three, "single": statustest.Single, "nine": statustest.Nine, "crowd": statustest.Crowd,
	"degraded": statustest.Degraded, "one-way": statustest.OneWay, "other-keyset": statustest.OtherKeyset,
	"unlicensed": statustest.Unlicensed, "no-keyset": statustest.NoKeyset, "routed": statustest.Routed, "draining": statustest.Draining,
}

// What commands show of every kind of topology is as it was looked at and found good, and no line is
// wider than the screen.
func TestGoldens(t *testing.T) {
	for name, build := range snapshots {
		t.Run(name, func(t *testing.T) {
			s := build()
			golden(t, "status-"+name, view.Status(s))
			golden(t, "mesh-"+name, view.Mesh(s))
			golden(t, "check-"+name, view.Report(report(s)))
			for what, text := range map[string]string{
				"status": view.Status(s), "mesh": view.Mesh(s), "check": view.Report(report(s)), "peering": view.Peering(s),
				"packs": view.Packs(s, s.Clients), "routes": view.Routes(s), "keyset": view.Keyset(s), "config": view.Config(s),
			} {
				narrow(t, what, text)
			}
		})
	}
	golden(t, "routes", view.Routes(statustest.Routed()))
	golden(t, "peering", view.Peering(statustest.Degraded()))
	golden(t, "keyset", view.Keyset(statustest.OtherKeyset()))
	three := statustest.Three()
	golden(t, "packs", view.Packs(three, three.Clients))
}

func narrow(t *testing.T, what, text string) {
	t.Helper()
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if n := ansi.StringWidth(line); n > view.Width {
			t.Errorf("%s: %d columns: %s", what, n, line)
		}
		if line != strings.TrimRight(line, " ") {
			t.Errorf("%s: space at the end of %q", what, line)
		}
	}
	if !strings.HasSuffix(text, "\n") || strings.HasSuffix(text, "\n\n") {
		t.Errorf("%s does not end with one line break", what)
	}
}

// report is what the doctor says of a snapshot's peers, worst first.
func report(s *status.Snapshot) control.Report {
	r := control.Report{OK: true}
	for _, verdict := range []string{"error", "warning", "unknown", "ok"} {
		for _, p := range s.Peers {
			for _, c := range p.Checks {
				if c.Verdict == verdict {
					r.Findings = append(r.Findings, control.Finding{Subject: "peer " + string(rune('0'+p.ID)), Check: c})
					r.OK = r.OK && verdict != "error"
				}
			}
		}
	}
	return r
}

// An event is one line of time, severity and text, and long text goes on below itself.
func TestEvents(t *testing.T) {
	for _, e := range statustest.Events(20) {
		narrow(t, "event", view.Event(e))
	}
	long := view.Event(status.Event{At: time.Unix(0, 0), Severity: status.Error, Text: strings.Repeat("word ", 40)})
	narrow(t, "event", long)
}

// Tokens show whether they still hold.
func TestTokens(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	text := view.Tokens([]control.AccessToken{
		{ID: 1, Name: "backup", ExpiresAt: now.Add(time.Hour), CreatedAt: now.Add(-time.Hour)},
		{ID: 12, Expired: true, LastUsed: now.Add(-time.Minute), CreatedAt: now.Add(-48 * time.Hour)},
	}, now)
	narrow(t, "tokens", text)
	for _, want := range []string{"● valid", "1h00m", "never", "✗ expired", "1m ago"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in:\n%s", want, text)
		}
	}
}

// A row that was just set is not called down before its link had time to come up; one that was up is.
func TestLinkThatStarts(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	for _, c := range []struct {
		peer status.Peer
		want string
	}{
		{status.Peer{State: status.Down, Since: now.Add(-time.Second)}, "· starts"},
		{status.Peer{State: status.Down, Since: now.Add(-time.Minute)}, "✗ down"},
		{status.Peer{State: status.Down, Since: now.Add(-time.Second), LastHandshake: now}, "✗ down"},
		{status.Peer{State: status.Up, Since: now}, "● up"},
	} {
		c.peer.ID = 2
		s := &status.Snapshot{At: now, Peers: []status.Peer{c.peer}}
		s.Peering.Table[2] = peering.Row{Kind: peering.Address, Address: "10.0.2.10"}
		if shown := view.Peering(s); !strings.Contains(shown, c.want) {
			t.Errorf("%+v is shown as\n%s", c.peer, shown)
		}
	}
}
