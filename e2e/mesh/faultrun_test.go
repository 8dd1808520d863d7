package mesh

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// TestFaults proves every cell of the table: what each side sees, which way traffic takes, what is said
// and how soon, and that everything passes.
func TestFaults(t *testing.T) {
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t, 3)
			for _, m := range l.Machines {
				m.Configure(l.Table(m.ID), "")
			}
			if f.prepare != nil {
				f.prepare(t, l)
			}
			l.Start()
			calm(l, 20*time.Second)
			pingAll(t, l)
			f.prove(t, l)
		})
	}
}

func (f fault) prove(t *testing.T, l *lab.Lab) {
	began := time.Now()
	f.happen(t, l)
	checkAll(t, l, f.sights, began)
	if f.also != nil {
		f.also(t, l)
	}
	for _, pair := range f.pings {
		ping(t, l.Of(pair[0]), overlay(l.Of(pair[1])), 56)
	}
	mended := time.Now()
	if f.mend != nil {
		f.mend(t, l)
	}
	calm(l, f.recovers)
	t.Logf("recovered after %v", time.Since(mended).Round(10*time.Millisecond))
	pingAll(t, l)
}

func heal(_ *testing.T, l *lab.Lab) { l.Heal() }

func restart(_ *testing.T, l *lab.Lab) {
	l.Of(2).Ended()
	l.Of(2).Start()
}

// staysUsable proves that the link between 1 and 2 is suspected at most, and never given up, at both ends.
func staysUsable(l *lab.Lab, during time.Duration) {
	var both sync.WaitGroup
	for end := 1; end <= 2; end++ {
		both.Go(func() {
			l.Of(end).Stays(during, "the link between #1 and #2 is not given up", func(s *status.Snapshot) bool {
				return slices.Contains(lossy, lab.Peer(s, 3-end).State)
			})
		})
	}
	both.Wait()
}

// asked is a controller that is asked to end: its peers are told, so that they reroute before they could find
// it out, and nothing of it stays on its host.
func asked(name string, signal syscall.Signal) fault {
	return fault{
		name:   name,
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Signal(signal) },
		sights: []sight{
			{1, 2, down, noPath, noWarning, "", time.Second},
			{3, 2, down, noPath, noWarning, "", time.Second},
			{1, 2, down, noPath, status.PeerPort, "UDP 1195", 8 * time.Second},
			{3, 2, down, noPath, status.PeerPort, "UDP 1197", 8 * time.Second},
		},
		also:     func(t *testing.T, l *lab.Lab) { endedWell(t, l.Of(2)) },
		pings:    [][2]int{{1, 3}},
		mend:     restart,
		recovers: 20 * time.Second,
	}
}

// endedWell proves that an engine has ended with 0, and has taken its socket, its interfaces, its rules of
// routing and its firewall with it.
func endedWell(t *testing.T, m *lab.Machine) {
	t.Helper()
	if code := m.ExitCode(); code != 0 {
		t.Errorf("#%d ended with %d:\n%s", m.ID, code, m.Log())
	}
	if _, err := os.Lstat(filepath.Join(m.DataDir(), "vns3.sock")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("#%d left its socket behind: %v", m.ID, err)
	}
	for _, look := range []string{"ip -brief link", "ip route show table all", "ip rule", "nft list ruleset"} {
		words := strings.Fields(look)
		out, err := m.NS.Command(words[0], words[1:]...).CombinedOutput()
		if err != nil || strings.Contains(string(out), "vns3") || strings.Contains(string(out), "100.127.") {
			t.Errorf("#%d left something behind: %s: %v\n%s", m.ID, look, err, out)
		}
	}
}

// loseState kills machine 2 and starts it again with its file only.
func loseState(t *testing.T, l *lab.Lab) {
	m := l.Of(2)
	m.Kill()
	if err := os.RemoveAll(m.DataDir()); err != nil {
		t.Fatal(err)
	}
	m.Start()
}

// clone starts a fourth machine with a copy of the file and the data directory of machine 2.
func clone(t *testing.T, l *lab.Lab) {
	rows := l.Table(2)
	twin := l.Add() // in nobody's table
	l.Of(2).CopyTo(twin)
	twin.Configure(rows, "")
	twin.Start()
}

// elderGoesOn proves that the clone stays silent, and that the one it was copied from has its links.
func elderGoesOn(t *testing.T, l *lab.Lab) {
	began := time.Now()
	l.Of(4).Stays(2*time.Second, "silent", func(s *status.Snapshot) bool { _, told := lab.Warning(s, status.DuplicateID, 2); return told })
	sight{1, 2, up, anyPath, noWarning, "", 6 * time.Second}.check(t, l, began)
	sight{3, 2, up, anyPath, noWarning, "", 6 * time.Second}.check(t, l, began)
	sight{2, 1, up, anyPath, noWarning, "", 6 * time.Second}.check(t, l, began)
}

// clockHeals proves that a handshake whose timestamp went back is accepted in the end.
func clockHeals(t *testing.T, l *lab.Lab) {
	l.Drop(lab.Both(1, 2)...)
	l.Of(1).Until(8*time.Second, "cut", func(s *status.Snapshot) bool { return lab.Peer(s, 2).State == status.Down })
	l.Heal()
	sight{1, 2, up, anyPath, status.PeerClock, "behind ours", 20 * time.Second}.check(t, l, time.Now())
	sight{2, 1, up, anyPath, status.PeerClock, "ahead of ours", 20 * time.Second}.check(t, l, time.Now())
}

// renamed gives controller 2 another address, of which controller 1 can learn from its name only: a
// firewall lets nothing in to 1 that 1 did not ask for. The name follows later, as names do.
func renamed() fault {
	var names *lab.Names
	return fault{
		name: "address changed under a DNS name",
		prepare: func(_ *testing.T, l *lab.Lab) {
			names = l.Names()
			names.Set("c2.lab.test", l.Of(2).Address)
			rows := l.Table(1)
			rows[2] = "c2.lab.test"
			l.Of(1).Ask()
			l.Of(1).Configure(rows, "")
		},
		happen: func(_ *testing.T, l *lab.Lab) {
			l.Router.Rules(`table inet firewall { chain forward { type filter hook forward priority 0;
				ip daddr 10.0.1.2 ct state established accept
				ip daddr 10.0.1.2 ip saddr 10.0.2.0/24 drop
			}; }`)
			l.Of(2).Readdress("10.0.2.3")
		},
		sights: []sight{
			{1, 2, down, []int{1, 3, 2}, status.PeerVia, "via #3", 8 * time.Second},
			{1, 2, down, []int{1, 3, 2}, status.PeerSilent, "10.0.2.2, UDP 1195", 8 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerVia, "via #3", 8 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerSilent, "10.0.1.2, UDP 1196", 12 * time.Second},
			{3, 2, up, []int{3, 2}, noWarning, "", 8 * time.Second},
		},
		pings:    [][2]int{{1, 2}, {2, 1}},
		mend:     func(_ *testing.T, l *lab.Lab) { names.Set("c2.lab.test", "10.0.2.3") },
		recovers: 45 * time.Second,
	}
}

// narrow makes the router carry smaller packets towards machine 2. What is too big is answered with an
// ICMP message there, and vanishes silently on its way back. Inside fits what is left without 60 bytes of
// WireGuard, UDP and IP, in whole blocks of 16.
func narrow(mtu, inside int) fault {
	carries := fmt.Sprintf("carries %d bytes inside the tunnel", inside)
	fits := func(of int) sight {
		return sight{3 - of, of, up, []int{3 - of, of}, status.PeerMTU, carries, 15 * time.Second}
	}
	return fault{
		name: fmt.Sprintf("path MTU %d", mtu),
		happen: func(_ *testing.T, l *lab.Lab) {
			l.Of(2).NS.SetOffload("eth0", false) // a veth pair passes super-packets whole, whatever their size
			l.Router.SetMTU("to2", mtu)
			l.Router.Rules(fmt.Sprintf("table ip narrow { chain c { type filter hook prerouting priority 0; iifname to2 ip length > %d drop; }; }", mtu))
		},
		sights: []sight{fits(2), fits(1)},
		pings:  [][2]int{{1, 2}, {2, 1}},
		also: func(t *testing.T, l *lab.Lab) {
			for of := 1; of <= 2; of++ {
				if got := lab.Peer(l.Of(3-of).Status(), of).MTU; got != inside {
					t.Errorf("the MTU column of #%d says %d, want %d", of, got, inside)
				}
				ping(t, l.Of(3-of), overlay(l.Of(of)), 1380) // more than fits, less than the interface takes
				ping(t, l.Of(3-of), overlay(l.Of(of)), 4000) // in fragments
				transfer(t, l.Of(3-of), l.Of(of))
			}
		},
		mend: func(_ *testing.T, l *lab.Lab) { // larger sizes are tried at once with a new session only
			l.Heal()
			l.Router.SetMTU("to2", 1500)
			for _, m := range l.Machines {
				m.NS.Do("ip", "route", "flush", "cache")
			}
			l.Of(2).Stop()
			l.Of(2).Start()
		},
		recovers: 20 * time.Second,
	}
}

// transfer sends two megabytes by TCP over the overlay.
func transfer(t *testing.T, from, to *lab.Machine) {
	t.Helper()
	const size = 2 << 20
	var listener net.Listener
	var err error
	to.NS.Run(func() { listener, err = net.Listen("tcp", net.JoinHostPort(overlay(to), "0")) })
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		c, err := listener.Accept()
		if err == nil {
			_, _ = c.Write(make([]byte, size)) // what is missing, the reader sees
			c.Close()
		}
	}()
	var c net.Conn
	from.NS.Run(func() { c, err = net.DialTimeout("tcp", listener.Addr().String(), 5*time.Second) })
	if err != nil {
		t.Errorf("#%d cannot connect to #%d over the overlay: %v", from.ID, to.ID, err)
		return
	}
	defer c.Close()
	began := time.Now()
	if err := c.SetDeadline(began.Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	n, err := io.Copy(io.Discard, c)
	if n != size {
		t.Errorf("%d of %d bytes from #%d reached #%d: %v", n, size, to.ID, from.ID, err)
	}
	t.Logf("%d bytes from #%d to #%d in %v", n, to.ID, from.ID, time.Since(began).Round(time.Millisecond))
}
