package mesh

import (
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// sight is what one controller must see of one peer.
type sight struct {
	at, of int // IDs: who looks, at whom
	states []status.PeerState
	path   []int       // empty: no path; nil: any
	code   status.Code // empty: no warning about the peer of severity "warning" or above
	says   string      // what the warning and its remedy must name
	within time.Duration
}

// fault is a row of the table: what happens, what each side sees and when, and that it passes.
type fault struct {
	name     string
	happen   func(t *testing.T, l *lab.Lab)
	sights   []sight
	pings    [][2]int // overlay pings that work while the fault stands
	mend     func(t *testing.T, l *lab.Lab)
	recovers time.Duration // until every link is up again and every path is direct
}

var (
	down    = []status.PeerState{status.Down}
	up      = []status.PeerState{status.Up}
	initial = []status.PeerState{status.Init}
	lossy   = []status.PeerState{status.Up, status.Suspect}
)

var faults = []fault{
	{
		name:   "blackholed both ways",
		happen: func(_ *testing.T, l *lab.Lab) { l.Drop(lab.Both(1, 2)...) },
		sights: []sight{
			{1, 2, down, []int{1, 3, 2}, status.PeerVia, "via #3", 6 * time.Second},
			{1, 2, down, []int{1, 3, 2}, status.PeerSilent, "open UDP 1195 on #2 from 10.0.1.2", 12 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerSilent, "open UDP 1196 on #1 from 10.0.2.2", 12 * time.Second},
			{3, 1, up, []int{3, 1}, "", "", time.Second},
		},
		pings:    [][2]int{{1, 2}, {2, 1}, {1, 3}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Heal() },
		recovers: 20 * time.Second,
	},
	{
		name:   "blackholed one way",
		happen: func(_ *testing.T, l *lab.Lab) { l.Drop(lab.Rule{From: 1, To: 2}) },
		sights: []sight{
			{1, 2, initial, []int{1, 3, 2}, status.PeerOneWay, "open UDP 1195 on #2 from 10.0.1.2", 8 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerVia, "via #3", 8 * time.Second},
		},
		pings:    [][2]int{{1, 2}, {2, 1}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Heal() },
		recovers: 20 * time.Second,
	},
	{
		name: "20 % random loss",
		happen: func(_ *testing.T, l *lab.Lab) {
			match := "numgen random mod 100 < 20"
			l.Drop(lab.Rule{From: 1, To: 2, Match: match}, lab.Rule{From: 2, To: 1, Match: match})
		},
		sights: []sight{
			{1, 2, lossy, nil, status.PeerLossy, "loses", 25 * time.Second},
			{2, 1, lossy, nil, status.PeerLossy, "loses", 25 * time.Second},
		},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Heal() },
		recovers: 40 * time.Second,
	},
	{
		name:   "killed",
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Kill() },
		sights: []sight{
			{1, 2, down, []int{}, status.PeerLost, "lost", 8 * time.Second},
			{1, 2, down, []int{}, status.PeerPort, "UDP 1195", 8 * time.Second},
			{3, 2, down, []int{}, status.PeerLost, "lost", 8 * time.Second},
		},
		pings:    [][2]int{{1, 3}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Of(2).Start() },
		recovers: 20 * time.Second,
	},
	{
		name:   "stopped",
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Stop() },
		sights: []sight{
			{1, 2, down, []int{}, "", "", 500 * time.Millisecond},
			{3, 2, down, []int{}, "", "", 500 * time.Millisecond},
		},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Of(2).Start() },
		recovers: 20 * time.Second,
	},
	{
		name:   "frozen",
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Signal(syscall.SIGSTOP) },
		sights: []sight{
			{1, 2, down, []int{}, status.PeerLost, "lost", 8 * time.Second},
		},
		pings:    [][2]int{{1, 3}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Of(2).Signal(syscall.SIGCONT) },
		recovers: 20 * time.Second,
	},
}

// TestFaults proves every cell of the table, one fault after the other in one mesh: what each side
// sees, which way traffic takes, what is said and how soon, and that everything passes by itself.
func TestFaults(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	for _, pair := range [][2]int{{1, 2}, {2, 1}, {1, 3}, {3, 1}, {2, 3}, {3, 2}} {
		ping(t, l, pair[0], pair[1])
	}
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) {
			calm(l, f.recovers+20*time.Second)
			began := time.Now()
			f.happen(t, l)
			for _, s := range f.sights {
				s.check(t, l, began)
			}
			for _, pair := range f.pings {
				ping(t, l, pair[0], pair[1])
			}
			mended := time.Now()
			f.mend(t, l)
			calm(l, f.recovers)
			t.Logf("recovered after %v", time.Since(mended).Round(10*time.Millisecond))
		})
	}
}

// check waits until the sight is true.
func (s sight) check(t *testing.T, l *lab.Lab, began time.Time) {
	t.Helper()
	what := fmt.Sprintf("#%d sees #%d %v by path %v with warning %q naming %q", s.at, s.of, s.states, s.path, s.code, s.says)
	snapshot := l.Of(s.at).Until(s.within-time.Since(began)+time.Second, what, func(snap *status.Snapshot) bool {
		p := lab.Peer(snap, s.of)
		if !slices.Contains(s.states, p.State) {
			return false
		}
		if s.path != nil && !slices.Equal(s.path, p.Path) {
			return false
		}
		if s.code == "" {
			return true
		}
		w, ok := lab.Warning(snap, s.code, s.of)
		return ok && strings.Contains(w.Text+" "+w.Remedy, s.says)
	})
	t.Logf("after %v: %s", snapshot.At.Sub(began).Round(10*time.Millisecond), what)
}

// calm waits until all links are up, all paths direct and nothing is warned of.
func calm(l *lab.Lab, within time.Duration) {
	for _, m := range l.Machines {
		m.Until(within, "all up, direct and calm", func(s *status.Snapshot) bool {
			for _, p := range s.Peers {
				if !p.Self && p.Address != "" && (p.State != status.Up || len(p.Path) != 2) {
					return false
				}
			}
			return len(s.Warnings) == 0
		})
	}
}

// ping sends an echo request over the overlay, which must be answered within a second.
func ping(t *testing.T, l *lab.Lab, from, to int) {
	t.Helper()
	address := l.Of(to).Status().Controller.OverlayAddress
	out, err := l.Of(from).NS.Command("ping", "-c", "3", "-i", "0.2", "-W", "1", address).CombinedOutput()
	if _, failed := err.(*exec.ExitError); failed || err != nil {
		t.Errorf("#%d does not reach %s of #%d: %v\n%s%s", from, address, to, err, out, lab.Describe(l.Of(from).Status()))
	}
}
