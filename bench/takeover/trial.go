package main

import (
	"strings"
	"time"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// row is an event, measured on a client of controller lost.
type row struct {
	name        string
	aim         time.Duration // of the median silence; 0: none
	lossless    bool          // no packet is to be lost, in both directions
	controllers int
	lost        int
	join        func(l *lab.Lab, at int) *lab.ClientServer
	happen      func(l *lab.Lab, at int)
}

// The aims. A topology of two cannot tell a lost controller from a cut: the first waits until the link is
// Down, the second also for the time in which the first would speak again.
const (
	aimOfMany  = 600 * time.Millisecond
	aimOfFirst = 1700 * time.Millisecond
	aimOfOther = 4700 * time.Millisecond
	aimOfAgent = time.Second
)

var rows = []row{
	{"SIGKILL, three controllers", aimOfMany, false, 3, 1, stock(0), kill},
	{"SIGKILL, five controllers", aimOfMany, false, 5, 1, stock(0), kill},
	{"cut off from the mesh, three controllers", 0, false, 3, 1, stock(0), cutOff},
	{"SIGKILL, two controllers, 2 is lost", aimOfFirst, false, 2, 2, stock(0), kill},
	{"SIGKILL, two controllers, 1 is lost", aimOfOther, false, 2, 1, stock(0), kill},
	{"SIGKILL, stock client behind NAT", aimOfMany, false, 3, 1, behindNAT, kill},
	{"SIGKILL, agent behind NAT", aimOfAgent, false, 3, 1, agent(unchanged), kill},
	{"SIGKILL, agent behind NAT, no standby peers", aimOfAgent, false, 3, 1, agent(withoutStandbys), kill},
	{"drain, client at 0 ms", 0, true, 3, 1, stock(0), drain},
	{"drain, client at 20 ms RTT", 0, true, 3, 1, stock(20 * time.Millisecond), drain},
	{"drain, client at 50 ms RTT", 0, true, 3, 1, stock(50 * time.Millisecond), drain},
}

// The first client server is the one measured, the second the one that it sends to.
const (
	measured = 1
	other    = 2
)

func assignedTo(id int) func(status.Client) bool {
	return func(c status.Client) bool { return c.Assigned == id }
}

// stock is a client with a stock WireGuard program, so far away.
func stock(rtt time.Duration) func(*lab.Lab, int) *lab.ClientServer {
	return func(l *lab.Lab, at int) *lab.ClientServer {
		c := l.ClientFar(measured, rtt)
		c.JoinAt(l.Of(at), at)
		return c
	}
}

func behindNAT(l *lab.Lab, at int) *lab.ClientServer {
	c := l.ClientBeyond(measured, lab.Masquerade)
	c.JoinAt(l.Of(at), at)
	return c
}

// agent is a client behind a NAT that runs the agent; edit changes its clientpack.
func agent(edit func(conf string) string) func(*lab.Lab, int) *lab.ClientServer {
	return func(l *lab.Lab, at int) *lab.ClientServer {
		c := l.ClientBeyond(measured, lab.Masquerade)
		pack, conf := l.Of(at).HandOut(assignedTo(at))
		c.Agent(pack, edit(conf))
		return c
	}
}

func unchanged(conf string) string { return conf }

// withoutStandbys leaves out what keeps the NAT open, so that no controller can reach the agent.
func withoutStandbys(conf string) string {
	first := strings.Index(conf, "[Peer]") + 1
	return conf[:first+strings.Index(conf[first:], "[Peer]")]
}

func kill(l *lab.Lab, at int) { l.Of(at).Kill() }

func cutOff(l *lab.Lab, at int) {
	var rules []lab.Rule
	for _, m := range l.Machines {
		if m.ID != at {
			rules = append(rules, lab.Both(at, m.ID)...)
		}
	}
	l.Drop(rules...)
}

func drain(l *lab.Lab, at int) {
	m := l.Of(at)
	m.Finish(lab.Do[control.TaskStarted](m, control.Drain{}))
}

const (
	settling = time.Second
	late     = time.Second            // that a packet may be on its way
	lead     = 200 * time.Millisecond // of the stream before the event, so that there is an arrival to count from
)

// trial measures one event, in both directions where no packet is to be lost.
func (r row) trial(s *lab.Scope) lab.Outcome {
	l := lab.New(s, r.controllers)
	l.Mesh()
	a := r.join(l, r.lost)
	from := l.Of(r.lost).HeldBy(a, everyone(l)...).ControllerID // an agent chooses by itself
	keeps := from%r.controllers + 1
	b := l.Client(other)
	b.JoinAt(l.Of(keeps), keeps)
	a.Reach(b.Overlay)
	b.Reach(a.Overlay)
	for _, m := range l.Machines {
		m.HeldBy(a, from)
		m.HeldBy(b, keeps)
	}
	to := b.Spot()
	if r.controllers == 2 { // a survivor whose own client speaks by itself would have it easy
		to = l.Of(keeps).Spot()
	}
	streams := []*lab.Stream{lab.StartStream(s, a.Spot(), to)}
	if r.lossless {
		streams = append(streams, lab.StartStream(s, b.Spot(), a.Spot()))
	}
	for _, st := range streams {
		lab.Await(s, "the stream arrives", func() bool { return st.Quiet() < 20*time.Millisecond })
	}
	time.Sleep(settling)
	var begins []int64
	for _, st := range streams {
		st.Since(st.Now(), 0) // earlier pauses do not count
		begins = append(begins, st.Now()-lead.Milliseconds())
	}
	r.happen(l, from)
	l.Of(keeps).Until(lab.Patience, "the client has another controller", func(snap *status.Snapshot) bool {
		c := lab.ClientOf(snap, a.Pack)
		return c.Connected && c.ControllerID != from
	})
	for _, st := range streams {
		lab.Await(s, "the stream goes on", func() bool { return st.Quiet() < 20*time.Millisecond })
	}
	time.Sleep(settling + late)
	var all lab.Outcome
	for i, st := range streams {
		o := st.Since(begins[i], late)
		all.Silence, all.Lost, all.Pause = max(all.Silence, o.Silence), all.Lost+o.Lost, max(all.Pause, o.Pause)
	}
	return all
}

func everyone(l *lab.Lab) (ids []int) {
	for _, m := range l.Machines {
		ids = append(ids, m.ID)
	}
	return ids
}
