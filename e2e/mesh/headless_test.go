package mesh

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// An edit of the file is applied while the engine runs, by itself and on SIGHUP, and a tunnel that did
// not change stays as it was. An invalid file is refused whole; the last good one goes on.
func TestReload(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	m := l.Of(1)
	kept := lab.Peer(m.Status(), 2)

	rows := l.Table(1)
	delete(rows, 3)
	m.Configure(rows, "")
	m.Until(3*time.Second, "row 3 is gone", func(s *status.Snapshot) bool { return lab.Peer(s, 3).State == status.NotSet })
	sight{3, 1, noLink, []int{3, 2, 1}, status.PeerNotPeered, "on #1 set row 3 to 10.0.3.2", 10 * time.Second}.check(t, l, time.Now())
	m.Configure(l.Table(1), "\n[tunnels]\npeer_mtu = { 3 = 1380 }\n")
	m.Until(10*time.Second, "row 3 is back, with its MTU", func(s *status.Snapshot) bool {
		p := lab.Peer(s, 3)
		return p.State == status.Up && p.ConfiguredMTU == 1380
	})

	unseen := filepath.Join(t.TempDir(), "vns3.toml") // a change through another name tells nobody
	if err := os.Link(m.ConfigPath(), unseen); err != nil {
		t.Fatal(err)
	}
	edit(t, unseen, `"vns3-1"`, `"renamed"`)
	m.Stays(time.Second, "the change is not seen", func(s *status.Snapshot) bool { return s.Controller.Name == "vns3-1" })
	m.Signal(syscall.SIGHUP)
	m.Until(3*time.Second, "read again on SIGHUP", func(s *status.Snapshot) bool { return s.Controller.Name == "renamed" })

	edit(t, m.ConfigPath(), "[peering]", "[peerings]")
	s := m.Until(3*time.Second, "the file is refused", func(s *status.Snapshot) bool { _, ok := lab.Warning(s, status.ConfigRefused, 0); return ok })
	w, _ := lab.Warning(s, status.ConfigRefused, 0)
	for _, name := range []string{m.ConfigPath(), "peerings", "line 5", "did you mean peering"} {
		if !strings.Contains(w.Text, name) {
			t.Errorf("the refusal does not name %s: %s", name, w.Text)
		}
	}
	m.Stays(2*time.Second, "the last good configuration goes on", lab.AllUp(2))
	edit(t, m.ConfigPath(), "[peerings]", "[peering]")
	m.Until(3*time.Second, "the file is good again", func(s *status.Snapshot) bool { _, bad := lab.Warning(s, status.ConfigRefused, 0); return !bad })

	if now := lab.Peer(m.Status(), 2); !now.LastHandshake.Equal(kept.LastHandshake) || now.RxBytes < kept.RxBytes {
		t.Errorf("the tunnel that did not change did: handshake %v, was %v; %d bytes came, %d before", now.LastHandshake, kept.LastHandshake, now.RxBytes, kept.RxBytes)
	}
}

// Every way in which people change the file, and SIGHUP after a change that nobody was told of, is exactly one
// reload of a running engine; a SIGHUP without a change is none.
func TestEachChangeIsOneReload(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 1)
	m := l.Of(1)
	m.Configure(l.Table(1), "")
	m.Start()
	beside, unseen := m.ConfigPath()+".new", filepath.Join(t.TempDir(), "vns3.toml")
	hangup := func() { m.Signal(syscall.SIGHUP) }
	name := "vns3-1"
	for reloads, way := range []struct {
		name   string
		change func(before, after string)
	}{
		{"rename", func(before, after string) {
			m.NS.Do("cp", "-p", m.ConfigPath(), beside)
			edit(t, beside, before, after)
			m.NS.Do("mv", beside, m.ConfigPath())
		}},
		{"sed -i", func(before, after string) { m.NS.Do("sed", "-i", "s/"+before+"/"+after+"/", m.ConfigPath()) }},
		{"in place", func(before, after string) { edit(t, m.ConfigPath(), before, after) }},
		{"SIGHUP", func(before, after string) {
			m.NS.Do("ln", m.ConfigPath(), unseen)
			edit(t, unseen, before, after)
			hangup()
		}},
	} {
		before := name
		name = fmt.Sprint("name-", reloads)
		way.change(`"`+before+`"`, `"`+name+`"`)
		m.Until(3*time.Second, way.name, func(s *status.Snapshot) bool { return s.Controller.Name == name })
		hangup()
		m.Stays(time.Second, "the new name", func(s *status.Snapshot) bool { return s.Controller.Name == name })
		if n := happened(t, m, "config.applied"); n != reloads+1 {
			t.Errorf("after %s the file was applied %d times, want %d", way.name, n, reloads+1)
		}
	}
}

// happened is how many events of a kind there were.
func happened(t *testing.T, m *lab.Machine, code string) (times int) {
	t.Helper()
	events, err := m.Backend().Events(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Code == code {
			times++
		}
	}
	return times
}

// edit changes a text of a file in place, as some editors do.
func edit(t *testing.T, path, before, after string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err == nil {
		err = os.WriteFile(path, []byte(strings.Replace(string(raw), before, after, 1)), 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// systemd is told of readiness, that the engine lives, and of the stop; a second engine on the data directory
// is refused, by name; SIGTERM ends the first with 0. Its log is JSON where that is asked for, line by line, to
// the end.
func TestService(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 1)
	m := l.Of(1)
	path := filepath.Join(m.Dir, "notify")
	notify, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer notify.Close()
	heard := func(want string) {
		t.Helper()
		if err := notify.SetReadDeadline(time.Now().Add(lab.Patience)); err != nil {
			t.Fatal(err)
		}
		const lives = "WATCHDOG=1"
		for {
			var buf [256]byte
			n, err := notify.Read(buf[:])
			said := string(buf[:n])
			switch {
			case err != nil:
				t.Fatalf("systemd does not hear %q: %v", want, err)
			case said == want:
				return
			case said != lives:
				t.Fatalf("systemd hears %q, want %q", said, want)
			}
		}
	}
	m.Prefix = []string{"env", "NOTIFY_SOCKET=" + path, "WATCHDOG_USEC=200000"}
	m.Configure(l.Table(1), "\n[log]\nformat = \"json\"\n")
	m.Start()
	heard("READY=1")
	heard("WATCHDOG=1")

	if _, errs, err := m.CLI("headless"); err == nil || !strings.Contains(errs, "an engine runs on this data directory already") || !strings.Contains(errs, m.DataDir()) {
		t.Errorf("the second engine on the data directory: %v: %s", err, errs)
	}
	m.Signal(syscall.SIGTERM)
	heard("STOPPING=1")
	if code := m.ExitCode(); code != 0 {
		t.Errorf("SIGTERM: exit code %d\n%s", code, m.Log())
	}
	var last struct{ Time, Level, Msg string }
	for line := range strings.Lines(m.Log()) {
		if err := json.Unmarshal([]byte(line), &last); err != nil || last.Time == "" || last.Level == "" {
			t.Errorf("a line of the log is %q: %v", line, err)
		}
	}
	if last.Msg != "vns3 stops, and tells its peers" {
		t.Errorf("the log does not end with why:\n%s", m.Log())
	}
}

// The VIP is answered by the controller that a packet first reaches, at both ends of a chain, and never
// forwarded.
func TestVIP(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	calm(l, 20*time.Second)
	l.Drop(lab.Both(1, 2)...)
	for _, end := range []int{1, 2} {
		sight{end, 3 - end, down, []int{end, 3, 3 - end}, noWarning, "", 5 * time.Second}.check(t, l, time.Now())
	}
	vip := l.Of(1).Status().Controller.VIP
	for _, m := range l.Machines {
		ping(t, m, vip, 56)
	}
	pinged := time.Now()
	for _, m := range l.Machines {
		s := m.Until(3*time.Second, "counted", func(s *status.Snapshot) bool { return s.At.After(pinged) })
		if n := s.Counters["dropped_vip_transit"]; n != 0 {
			t.Errorf("#%d got %d packets for the VIP from a peer", m.ID, n)
		}
	}
	l.Drop(append(append(lab.Both(1, 2), lab.Both(1, 3)...), lab.Both(2, 3)...)...)
	for _, m := range l.Machines {
		m.Until(5*time.Second, "cut off", lab.AllUp(0))
		ping(t, m, vip, 56)
	}
}

// A controller without a kernel interface answers at its overlay address, and a network behind one with
// an interface is reached by all: the kernel there forwards.
func TestOverlay(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	server := l.Behind(l.Of(3), "192.168.77")
	l.Of(1).Configure(l.Table(1), "")
	l.Of(2).Configure(l.Table(2), "\n[overlay]\ninterface = \"off\"\n")
	l.Of(3).Configure(l.Table(3), "\n[[route]]\ncidr = \"192.168.77.0/24\"\nadvertise = true\n")
	l.Start()
	calm(l, 20*time.Second)
	if name := l.Of(2).Status().Controller.Interface; name != "" {
		t.Errorf("#2 has the interface %s", name)
	}
	ping(t, l.Of(1), overlay(l.Of(2)), 56)
	ping(t, l.Of(3), overlay(l.Of(2)), 1000)
	l.Of(1).Until(5*time.Second, "the route is known", func(s *status.Snapshot) bool {
		for _, r := range s.Routes {
			if r.CIDR == "192.168.77.0/24" && r.Controller == 3 && r.Active {
				return true
			}
		}
		return false
	})
	ping(t, l.Of(1), server, 56)
	ping(t, l.Of(1), server, 3000)
	l.Drop(lab.Both(1, 3)...) // and round a dead link
	sight{1, 3, down, []int{1, 2, 3}, noWarning, "", 5 * time.Second}.check(t, l, time.Now())
	ping(t, l.Of(1), server, 56)
}
