//go:build linux

// Package agent proves with the real binary that the agent keeps a client server behind a NAT attached.
package agent

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

func TestMain(m *testing.M) { lab.Main(m) }

// aim is what a failover may take, and tolerant what it may on a busy machine.
const (
	aim      = time.Second
	tolerant = 2 * aim
)

// start makes the n-th machine behind a NAT and runs the agent on it, which returns attached, and the
// controller that it chose. further are more rules of its NAT, edit changes its clientpack.
func start(t *testing.T, l *lab.Lab, n int, further string, edit func(pack string) string) (c *lab.ClientServer, controller int) {
	t.Helper()
	c = l.ClientBeyond(n, lab.Masquerade+"\n"+further)
	pack, conf := l.Of(3).HandOut(func(status.Client) bool { return true })
	t.Cleanup(func() {
		if t.Failed() || testing.Verbose() {
			t.Logf("log of the agent at %v:\n%s", c.Overlay, c.Log())
		}
	})
	c.Agent(pack, edit(conf))
	controller = l.Of(1).HeldBy(c, 1, 2, 3).ControllerID
	for _, m := range l.Machines {
		m.HeldBy(c, controller)
	}
	return c, controller
}

func unchanged(pack string) string { return pack }

// withoutStandbys leaves out what keeps the NAT open, so that no controller can reach the agent.
func withoutStandbys(pack string) string {
	first := strings.Index(pack, "[Peer]") + 1
	return pack[:first+strings.Index(pack[first:], "[Peer]")]
}

// TestFailoverBehindNAT proves that an agent behind a NAT goes on with another controller within a
// second when its own is killed, also where no controller can reach it, that it stays there when that
// returns, and that it ends cleanly.
func TestFailoverBehindNAT(t *testing.T) {
	t.Run("kept open by standby peers", func(t *testing.T) { failover(t, unchanged) })
	t.Run("reached by no controller", func(t *testing.T) { failover(t, withoutStandbys) })
}

// TestInterfaceRemoved proves that an agent whose interface is removed ends, says why, and fails, so that
// whoever supervises it starts it again.
func TestInterfaceRemoved(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	a, _ := start(t, l, 1, "", unchanged)
	a.NS.Do("ip", "link", "del", a.Device)
	if code := a.End(); code == 0 || !strings.Contains(a.Log(), "cannot read the interface "+a.Device) {
		t.Errorf("the agent ended with %d:\n%s", code, a.Log())
	}
}

func failover(t *testing.T, edit func(pack string) string) {
	t.Helper()
	l := lab.New(t, 3)
	l.Mesh()
	a, at := start(t, l, 1, "", edit)
	lost, other := l.Of(at), l.Of(at%3+1)
	b, _ := start(t, l, 2, fmt.Sprintf("table ip aside { chain out { type filter hook forward priority 0; ip daddr %s drop; }; }", lost.Address), edit)
	stream := lab.StartStream(t, a.Spot(), b.Spot())
	lab.Await(t, "the stream arrives", func() bool { return stream.Quiet() < 20*time.Millisecond })
	lost.Kill()
	holder := other.HeldBy(a, other.ID, other.ID%3+1).ControllerID
	lost.Start()
	lost.Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	left := fmt.Sprintf("silent=%d\n", holder) // a machine that pauses so long makes the second one silent too
	lab.Await(t, "the agent stays where it is", func() bool {
		k := lab.ClientOf(lost.Status(), a.Pack)
		return k.Connected && k.ControllerID == holder || strings.Contains(a.Log(), left)
	})
	o := stream.Stop()
	t.Logf("moved to controller %d: %d packets lost, outage %v (aim %v)", holder, o.Lost, o.Silence.Round(time.Millisecond), aim)
	if o.Silence > tolerant {
		t.Errorf("the outage was %v", o.Silence)
	}
	if code := a.Terminate(); code != 0 {
		t.Errorf("the agent ended with %d", code)
	}
	if links := a.NS.Do("ip", "-brief", "link"); strings.Contains(links, a.Device) {
		t.Errorf("its interface is still there:\n%s", links)
	}
}
