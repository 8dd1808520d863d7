package mesh

import (
	"syscall"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// fault is a row of the table: what happens, what each side sees and when, and that it passes. Each
// has a mesh of its own, so that no fault is judged by the hold-ups of another.
type fault struct {
	name     string
	prepare  func(t *testing.T, l *lab.Lab) // before the machines start; nil: nothing
	happen   func(t *testing.T, l *lab.Lab)
	sights   []sight
	pings    [][2]int                       // overlay pings that work while the fault stands
	also     func(t *testing.T, l *lab.Lab) // what else holds while it stands; nil: nothing
	mend     func(t *testing.T, l *lab.Lab) // nil: it passes by itself
	recovers time.Duration                  // until every link is up, every path direct and nothing warned of
}

var faults = []fault{
	{
		name:   "blackholed both ways",
		happen: func(_ *testing.T, l *lab.Lab) { l.Drop(lab.Both(1, 2)...) },
		sights: []sight{
			{1, 2, down, []int{1, 3, 2}, noWarning, "", 4 * time.Second},
			{1, 2, down, []int{1, 3, 2}, status.PeerVia, "via #3", 6 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerVia, "via #3", 6 * time.Second},
			{1, 2, down, []int{1, 3, 2}, status.PeerSilent, "open UDP 1195 on #2 from 10.0.1.2", 12 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerSilent, "open UDP 1196 on #1 from 10.0.2.2", 12 * time.Second},
			{3, 1, up, []int{3, 1}, noWarning, "", time.Second},
		},
		pings:    [][2]int{{1, 2}, {2, 1}, {1, 3}},
		mend:     heal,
		recovers: 20 * time.Second,
	},
	{
		name:   "blackholed one way",
		happen: func(_ *testing.T, l *lab.Lab) { l.Drop(lab.Rule{From: 1, To: 2}) },
		sights: []sight{
			{1, 2, initial, []int{1, 3, 2}, status.PeerOneWay, "open UDP 1195 on #2 from 10.0.1.2", 8 * time.Second},
			{1, 2, initial, []int{1, 3, 2}, status.PeerVia, "via #3", 8 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerVia, "via #3", 8 * time.Second},
			{2, 1, down, []int{2, 3, 1}, status.PeerOneWay, "open UDP 1195 on #2 (this controller) from 10.0.1.2", 12 * time.Second},
		},
		pings:    [][2]int{{1, 2}, {2, 1}},
		mend:     heal,
		recovers: 20 * time.Second,
	},
	{
		name: "20 % random loss",
		happen: func(_ *testing.T, l *lab.Lab) {
			match := "numgen random mod 100 < 20"
			l.Drop(lab.Rule{From: 1, To: 2, Match: match}, lab.Rule{From: 2, To: 1, Match: match})
		},
		sights: []sight{
			{1, 2, lossy, anyPath, status.PeerLossy, "loses", 25 * time.Second},
			{2, 1, lossy, anyPath, status.PeerLossy, "loses", 25 * time.Second},
		},
		also:     func(_ *testing.T, l *lab.Lab) { staysUsable(l, 10*time.Second) },
		mend:     heal,
		recovers: 40 * time.Second,
	},
	{
		name:   "killed",
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Kill() },
		sights: []sight{
			{1, 2, down, noPath, status.PeerLost, "lost", 8 * time.Second},
			{1, 2, down, noPath, status.PeerPort, "UDP 1195", 8 * time.Second},
			{3, 2, down, noPath, status.PeerLost, "lost", 8 * time.Second},
			{3, 2, down, noPath, status.PeerPort, "UDP 1197", 8 * time.Second},
		},
		pings:    [][2]int{{1, 3}},
		mend:     restart,
		recovers: 20 * time.Second,
	},
	asked("stopped", syscall.SIGTERM),
	asked("interrupted", syscall.SIGINT),
	{
		name:   "frozen",
		happen: func(_ *testing.T, l *lab.Lab) { l.Of(2).Signal(syscall.SIGSTOP) },
		sights: []sight{
			{1, 2, down, noPath, status.PeerLost, "lost", 8 * time.Second},
			{3, 2, down, noPath, status.PeerLost, "lost", 8 * time.Second},
			{1, 2, down, noPath, status.PeerSilent, "open UDP 1195 on #2", 8 * time.Second},
			{3, 2, down, noPath, status.PeerSilent, "open UDP 1197 on #2", 8 * time.Second},
		},
		also: func(_ *testing.T, l *lab.Lab) { // five seconds in all
			l.Of(1).Stays(time.Second, "down", func(s *status.Snapshot) bool { return lab.Peer(s, 2).State == status.Down })
		},
		pings:    [][2]int{{1, 3}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Of(2).Signal(syscall.SIGCONT) },
		recovers: 20 * time.Second,
	},
	{
		name:   "restarted with its state lost",
		happen: loseState,
		sights: []sight{
			{1, 2, down, noPath, status.PeerPort, "it needs the keyset", 10 * time.Second},
			{3, 2, down, noPath, status.PeerPort, "UDP 1197", 10 * time.Second},
			{2, 0, itself, anyPath, status.KeysetMissing, "fetch it", 10 * time.Second},
		},
		pings:    [][2]int{{1, 3}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Fetch(l.Of(2)) },
		recovers: 20 * time.Second,
	},
	{
		name:   "cloned with the same ID",
		happen: clone,
		sights: []sight{
			{1, 2, anyState, anyPath, status.DuplicateID, "two controllers run with ID 2; the elder goes on", 5 * time.Second},
			{2, 2, anyState, anyPath, status.DuplicateID, "two controllers run with ID 2; the elder goes on", 5 * time.Second},
			{3, 2, anyState, anyPath, status.DuplicateID, "two controllers run with ID 2; the elder goes on", 5 * time.Second},
			{4, 2, up, anyPath, status.DuplicateID, "this one has fallen silent", 5 * time.Second},
		},
		also:  elderGoesOn,
		pings: [][2]int{{1, 2}, {2, 1}, {3, 2}},
		mend: func(_ *testing.T, l *lab.Lab) {
			l.Of(4).Stop()
			l.Machines = l.Machines[:3]
		},
		recovers: 60 * time.Second,
	},
	renamed(),
	narrow(1400, 1328),
	narrow(1280, 1216),
	{
		name:    "clock set back",
		prepare: func(_ *testing.T, l *lab.Lab) { l.Of(2).OwnClock() },
		happen:  func(_ *testing.T, l *lab.Lab) { l.Of(2).SetClock(-wrong) },
		sights: []sight{
			{1, 2, up, []int{1, 2}, status.PeerClock, "the clock of #2 is 1h30m", 10 * time.Second},
			{2, 1, up, []int{2, 1}, status.PeerClock, "the clock of #1 is 1h30m", 10 * time.Second},
			{2, 0, itself, anyPath, status.ClockJumped, "went back by 1h30m", 10 * time.Second},
			{3, 1, up, []int{3, 1}, noWarning, "", 10 * time.Second},
		},
		also:     clockHeals,
		pings:    [][2]int{{1, 2}, {2, 1}},
		mend:     func(_ *testing.T, l *lab.Lab) { l.Of(2).SetClock(0) },
		recovers: 60 * time.Second,
	},
}
