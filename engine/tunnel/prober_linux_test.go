package tunnel

import (
	"context"
	"net"
	"net/netip"
	"testing"
	"time"

	"vns3/engine/tunnel/probe"
	"vns3/internal/netns"
)

var loopback = netip.MustParseAddr("127.0.0.1")

// prober returns a prober of a controller that lists 127.0.0.1.
func prober(self int, change func(*ProberOptions)) *Prober {
	o := ProberOptions{
		Self: self, Discriminator: uint64(self), Key: [32]byte{1}, Checksum: [20]byte{2},
		Listed: func(netip.Addr) int { return 1 },
	}
	if change != nil {
		change(&o)
	}
	return NewProber(o)
}

func responder(t *testing.T, p *Prober) netip.AddrPort {
	t.Helper()
	r, err := p.OpenResponder(loopback, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r.Addr()
}

// Each cause of a peer that does not come up, produced for real, has its verdict.
func TestProbe(t *testing.T) {
	strangers := make(chan probe.Message, 10)
	silent, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	gone, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 0)))
	if err != nil {
		t.Fatal(err)
	}
	closed := gone.LocalAddr().(*net.UDPAddr).AddrPort()
	gone.Close()
	me := prober(1, nil)
	for _, c := range []struct {
		name string
		to   netip.AddrPort
		want probe.Verdict
	}{
		{"nobody answers", silent.LocalAddr().(*net.UDPAddr).AddrPort(), probe.NoAnswer},
		{"port closed", closed, probe.PortClosed},
		{"other keyset", responder(t, prober(2, func(o *ProberOptions) { o.Key = [32]byte{9} })), probe.OtherKeyset},
		{"other keyset that does not know us", responder(t, prober(2, func(o *ProberOptions) {
			o.Key, o.Listed = [32]byte{9}, func(netip.Addr) int { return 0 }
		})), probe.NoAnswer},
		{"myself", responder(t, me), probe.Myself},
		{"wrong ID", responder(t, prober(3, nil)), probe.WrongID},
		{"not peered there", responder(t, prober(2, func(o *ProberOptions) {
			o.Stranger = func(m probe.Message, _ netip.AddrPort) { strangers <- m }
		})), probe.NotPeeredThere},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*askEvery)
		if got := me.Probe(ctx, c.to, 2); got.Verdict != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Verdict, c.want)
		}
		cancel()
	}
	netns.New(t).Run(func() { // without any route
		if got := me.Probe(t.Context(), netip.MustParseAddrPort("192.0.2.1:1195"), 2); got.Verdict != probe.Unreachable {
			t.Errorf("no route: %v, want unreachable", got.Verdict)
		}
	})
	if m := take(t, strangers, "the stranger"); m.ID != 1 {
		t.Errorf("stranger %+v", m)
	}
}

// On the port of a running link the answer says that the row exists; a clock that differs is named.
func TestProbeOfLink(t *testing.T) {
	for _, c := range []struct {
		skew time.Duration
		want probe.Verdict
	}{{0, probe.OK}, {-time.Hour, probe.ClockSkew}, {time.Hour, probe.ClockSkew}} {
		na, nb := hosts(t)
		there := prober(2, func(o *ProberOptions) { o.Now = func() time.Time { return time.Now().Add(c.skew) } })
		in(t, nb, stationOptions{self: 2, peer: 1, prober: there})
		var got probe.Report
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		na.Run(func() {
			got = prober(1, func(o *ProberOptions) { o.Listen = netip.MustParseAddr("10.0.0.11") }).Probe(ctx, netip.MustParseAddrPort("10.0.0.2:1195"), 2)
		})
		cancel()
		if got.Verdict != c.want || got.ID != 2 || !got.ChecksumEqual || got.Observed.Addr() != netip.MustParseAddr("10.0.0.11") {
			t.Errorf("%+v, want %v", got, c.want)
		}
		if off := (got.Skew - c.skew).Abs(); off > time.Second {
			t.Errorf("skew %v, want %v", got.Skew, c.skew)
		}
	}
}

// A flood of requests is answered at a bounded rate.
func TestAnswerRate(t *testing.T) {
	p := prober(2, nil)
	request := probe.Message{Kind: probe.Request, ID: 1, Clock: time.Now()}.Encode([32]byte{1})
	answers := 0
	for range 10 * answerBurst {
		if p.answer(request, netip.MustParseAddrPort("127.0.0.1:9"), 1) != nil {
			answers++
		}
	}
	if answers < answerBurst || answers > 2*answerBurst {
		t.Errorf("%d answers", answers)
	}
}
