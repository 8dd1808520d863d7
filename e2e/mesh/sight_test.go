package mesh

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// sight is what one controller must see of one peer.
type sight struct {
	at, of int                // IDs: who looks, at whom
	states []status.PeerState // any of these; nil: any
	path   []int              // empty: no path; nil: any
	code   status.Code        // empty: no warning about the peer is asked for
	says   string             // what the warning and its remedy must name
	within time.Duration
}

var (
	down      = []status.PeerState{status.Down}
	up        = []status.PeerState{status.Up}
	initial   = []status.PeerState{status.Init}
	lossy     = []status.PeerState{status.Up, status.Suspect}
	anyState  []status.PeerState
	noLink    = []status.PeerState{status.Down, status.Init}
	itself    = []status.PeerState{""} // no row: a warning about the controller itself
	anyPath   []int
	noPath    = []int{}
	noWarning status.Code
)

func (s sight) String() string {
	return fmt.Sprintf("#%d sees #%d %v by path %v with warning %q naming %q", s.at, s.of, s.states, s.path, s.code, s.says)
}

// holds reports whether the snapshot shows it.
func (s sight) holds(snap *status.Snapshot) bool {
	p := lab.Peer(snap, s.of)
	if (s.states != nil && !slices.Contains(s.states, p.State)) || (s.path != nil && !slices.Equal(s.path, p.Path)) {
		return false
	}
	if s.code == "" {
		return true
	}
	w, ok := lab.Warning(snap, s.code, s.of)
	return ok && strings.Contains(w.Text+": "+w.Remedy, s.says)
}

// check waits until the sight is true, which must be in time.
func (s sight) check(t *testing.T, l *lab.Lab, began time.Time) {
	t.Helper()
	checkAll(t, l, []sight{s}, began)
}

// checkAll waits for several sights at the same time, each of which must come in its own.
func checkAll(t *testing.T, l *lab.Lab, sights []sight, began time.Time) {
	t.Helper()
	var all sync.WaitGroup
	for _, s := range sights {
		all.Go(func() {
			if snap, ok := l.Of(s.at).Sees(time.Until(began.Add(s.within)), s.holds); !ok {
				t.Errorf("not within %v: %v\n%s", s.within, s, lab.Describe(snap))
				return
			}
			t.Logf("after %v of %v: %v", time.Since(began).Round(10*time.Millisecond), s.within, s)
		})
	}
	all.Wait()
	if t.Failed() {
		t.FailNow()
	}
}

// calm waits until all links are up, all paths direct and nothing is warned of.
func calm(l *lab.Lab, within time.Duration) {
	end := time.Now().Add(within)
	for _, m := range l.Machines {
		m.Until(max(time.Until(end), time.Second), "all up, direct and calm", lab.Calm)
	}
}

// ping sends echo requests of so many bytes over the overlay; one at least must be answered.
func ping(t *testing.T, m *lab.Machine, address string, bytes int) {
	t.Helper()
	out, err := m.NS.Command("ping", "-c", "4", "-i", "0.1", "-W", "1", "-s", fmt.Sprint(bytes), address).CombinedOutput()
	if _, failed := err.(*exec.ExitError); failed || err != nil {
		t.Errorf("#%d does not reach %s with %d bytes: %v\n%s%s", m.ID, address, bytes, err, out, lab.Describe(m.Status()))
	}
}

// overlay is the machine's address in the overlay.
func overlay(m *lab.Machine) string { return m.Status().Controller.OverlayAddress }

// pingAll proves that every controller reaches every other one over the overlay.
func pingAll(t *testing.T, l *lab.Lab) {
	t.Helper()
	var all sync.WaitGroup
	for _, from := range l.Machines {
		for _, to := range l.Machines {
			all.Go(func() { ping(t, from, overlay(to), 56) })
		}
	}
	all.Wait()
}
