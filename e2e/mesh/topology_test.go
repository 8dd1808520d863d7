package mesh

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/internal/netns"
	"vns3/status"
)

// Nine controllers become one mesh: every link up, every path direct, one checksum, every overlay
// address reached from everywhere; and once more after a restart of all at once.
func TestNine(t *testing.T) {
	t.Parallel()
	const nine = 9
	l := lab.New(t, nine)
	began := time.Now()
	l.Mesh()
	t.Logf("nine controllers: keyset everywhere and 36 links up after %v", time.Since(began).Round(10*time.Millisecond))
	calm(l, 30*time.Second)
	checksum := l.Of(1).Status().Controller.TopologyChecksum
	for _, m := range l.Machines {
		m.Until(10*time.Second, "it knows all controllers and links, and they agree", func(s *status.Snapshot) bool {
			if len(s.Controllers) != nine || len(s.Links) != nine*(nine-1) {
				return false
			}
			for _, c := range s.Controllers {
				if !c.Reachable || c.Checksum != checksum {
					return false
				}
			}
			return true
		})
	}
	pingAll(t, l)

	stopAll(l)
	began = time.Now()
	startAll(l)
	for _, m := range l.Machines {
		m.Until(20*time.Second, "all links up", lab.AllUp(nine-1))
	}
	t.Logf("nine controllers: all started at once, 36 links up after %v", time.Since(began).Round(10*time.Millisecond))
	calm(l, 30*time.Second)
}

func stopAll(l *lab.Lab) { each(l, (*lab.Machine).Stop) }

func startAll(l *lab.Lab) {
	for _, m := range l.Machines {
		m.StartOnly()
	}
	for _, m := range l.Machines {
		m.Connect()
	}
}

// each does something with all machines at the same time.
func each(l *lab.Lab, do func(*lab.Machine)) {
	var all sync.WaitGroup
	for _, m := range l.Machines {
		all.Go(func() { do(m) })
	}
	all.Wait()
}

// From the start of a controller to its first link: well under a second where the peer is there.
func TestStartToFirstLink(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 2)
	l.Mesh()
	for range 3 {
		l.Of(2).Stop()
		began := time.Now()
		l.Of(2).Start()
		s := l.Of(2).Until(5*time.Second, "link up", lab.AllUp(1))
		took := lab.Peer(s, 1).Since.Sub(began)
		t.Logf("start to first link: %v", took.Round(time.Millisecond))
		if took > 3*time.Second {
			t.Errorf("it took %v", took)
		}
	}
}

// A single controller, with a keyset and without, is calm: no peers and nothing to warn of.
func TestAloneIsCalm(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 1)
	m := l.Of(1)
	calmly := func(s *status.Snapshot) bool {
		for _, w := range s.Warnings {
			if w.Severity != status.Info {
				return false
			}
		}
		return true
	}
	m.Configure(nil, "")
	m.Start()
	m.Stays(2*time.Second, "calm without a file's rows", calmly)
	l.Generate(m)
	m.Configure(l.Table(1), "")
	m.Until(5*time.Second, "it is controller 1", func(s *status.Snapshot) bool { return s.Controller.ID == 1 })
	m.Stays(6*time.Second, "calm with a keyset and its own row", func(s *status.Snapshot) bool { return len(s.Warnings) == 0 })
	ping(t, m, overlay(m), 56)
	ping(t, m, m.Status().Controller.VIP, 56)
}

// A backup, which is the file and the data directory, restored on another machine is the controller:
// the same ID, keyset and mesh. Beside the living one it raises the alarm, and the younger stops.
func TestBackup(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	rows := l.Table(2)
	lost, spare := l.Of(2), l.Add()
	lost.Stop()
	lost.CopyTo(spare)
	spare.Configure(rows, "")
	spare.Start()
	spare.Until(15*time.Second, "the restored controller has its links", lab.AllUp(2))
	for _, id := range []int{1, 3} {
		l.Of(id).Until(15*time.Second, "the others know it as #2", func(s *status.Snapshot) bool { return lab.Peer(s, 2).State == status.Up })
		ping(t, l.Of(id), overlay(spare), 56)
	}
	lost.Start()
	duplicate := func(s *status.Snapshot) bool { _, ok := lab.Warning(s, status.DuplicateID, 2); return ok }
	l.Of(1).Until(15*time.Second, "alarm", duplicate)
	lost.Until(15*time.Second, "the younger knows that it stopped", duplicate)
	spare.Until(20*time.Second, "the elder goes on", lab.AllUp(2))
}

// Three controllers that know each other by name only.
func TestNames(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	names := l.Names()
	for _, m := range l.Machines {
		names.Set(fmt.Sprintf("c%d.lab.test", m.ID), m.Address)
		rows := map[int]string{}
		for id := 1; id <= 3; id++ {
			rows[id] = fmt.Sprintf("c%d.lab.test", id)
		}
		rows[m.ID] = itsOwn
		m.Ask()
		m.Configure(rows, "")
	}
	l.Start()
	calm(l, 20*time.Second)
	pingAll(t, l)
}

// Three controllers live on one machine, each bound to an address of its own.
func TestOneMachine(t *testing.T) {
	t.Parallel()
	host := netns.New(t)
	var hosts []lab.Host
	for id := 1; id <= 3; id++ {
		hosts = append(hosts, lab.Host{NS: host, Address: fmt.Sprintf("127.0.0.%d", 10+id)})
	}
	l := lab.On(t, hosts...)
	for _, m := range l.Machines {
		m.Section = fmt.Sprintf("listen = %q\n", m.Address)
	}
	l.Mesh()
	calm(l, 20*time.Second)
	for _, m := range l.Machines {
		if s := m.Status(); s.Controller.Interface != "" || s.Controller.Listen != m.Address {
			t.Errorf("controller %d: interface %q, listens at %q", m.ID, s.Controller.Interface, s.Controller.Listen)
		}
		if _, err := os.Stat(m.DataDir()); err != nil {
			t.Error(err)
		}
	}
}
