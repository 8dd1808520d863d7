package mesh

import (
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// verdict is what one controller must say of a peer that does not come up.
type verdict struct {
	at, of int // machine that says it; ID it says it of
	code   status.Code
	names  []string // port, direction and side, or what else must be named
}

// cause is a row of the table: what is wrong from the start, and what is said of it. Machines 1 and 2
// are there, both with the keyset.
type cause struct {
	name     string
	arrange  func(t *testing.T, l *lab.Lab) // before the machines start, with complete tables
	keyed    func(t *testing.T, l *lab.Lab) // instead of generating the keyset on 1 and fetching it on 2
	comesUp  bool                           // the link works all the same
	verdicts []verdict
}

var causes = []cause{
	{
		name: "name does not resolve",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Names()
			for id, other := range map[int]string{1: "c2.lab.test", 2: "c1.lab.test"} {
				l.Of(id).Ask()
				l.Of(id).Configure(map[int]string{id: itsOwn, 3 - id: other}, "")
			}
		},
		verdicts: []verdict{
			{1, 2, status.PeerUnresolved, []string{"c2.lab.test does not resolve", "no such host"}},
			{2, 1, status.PeerUnresolved, []string{"c1.lab.test does not resolve", "no such host"}},
		},
	},
	{
		name:    "port closed",
		arrange: func(_ *testing.T, l *lab.Lab) { l.Machines = l.Machines[:1] },
		verdicts: []verdict{
			{1, 2, status.PeerPort, []string{"nobody listens at 10.0.2.2, UDP 1195", "start vns3 there"}},
		},
	},
	{
		name: "other keyset",
		keyed: func(_ *testing.T, l *lab.Lab) {
			l.Generate(l.Of(1))
			l.Generate(l.Of(2))
		},
		verdicts: []verdict{
			{1, 2, status.PeerOtherKeyset, []string{"#2 at 10.0.2.2 runs vns3 with another keyset", "topology checksums"}},
			{2, 1, status.PeerOtherKeyset, []string{"#1 at 10.0.1.2 runs vns3 with another keyset"}},
		},
	},
	{
		name: "IDs swapped",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Of(2).Configure(map[int]string{1: itsOwn, 2: l.Of(1).Address}, "") // it takes itself for 1, and 1 for 2
		},
		verdicts: []verdict{
			{1, 2, status.PeerWrongID, []string{"at 10.0.2.2 is controller 1, not controller 2"}},
			{2, 2, status.PeerWrongID, []string{"at 10.0.1.2 is controller 1, not controller 2"}},
		},
	},
	{
		name: "another ID",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Of(2).Configure(map[int]string{3: itsOwn, 1: l.Of(1).Address}, "")
		},
		verdicts: []verdict{
			{1, 2, status.PeerWrongID, []string{"at 10.0.2.2 is controller 3, not controller 2"}},
			{1, 3, status.PeerWantsToPeer, []string{"controller 3 at 10.0.2.2 wants to peer"}},
			{2, 1, status.PeerNotPeered, []string{"on #1 set row 3 to 10.0.2.2"}},
		},
	},
	{
		name: "address is myself",
		arrange: func(_ *testing.T, l *lab.Lab) { // a literal would be refused; the network does it
			rows := l.Table(1)
			rows[2] = "10.9.9.9"
			l.Of(1).Configure(rows, "")
			l.Of(2).Configure(map[int]string{2: itsOwn}, "")
			l.Router.Rules(`table ip back { chain prerouting { type nat hook prerouting priority -100;
				ip daddr 10.9.9.9 dnat to 10.0.1.2
			}; chain postrouting { type nat hook postrouting priority 100;
				ip saddr 10.0.1.2 ip daddr 10.0.1.2 masquerade
			}; }`)
		},
		verdicts: []verdict{
			{1, 2, status.PeerMyself, []string{"the address of row 2, 10.9.9.9, leads back to this controller"}},
		},
	},
	{
		name:    "not peered on the far side",
		arrange: func(_ *testing.T, l *lab.Lab) { l.Of(2).Configure(map[int]string{2: itsOwn}, "") },
		verdicts: []verdict{
			{1, 2, status.PeerNotPeered, []string{"no row for this controller", "on #2 set row 1 to 10.0.1.2"}},
			{2, 1, status.PeerWantsToPeer, []string{"controller 1 at 10.0.1.2 wants to peer", "vns3 peering accept 1"}},
		},
	},
	{
		name:    "one-way firewall",
		arrange: func(_ *testing.T, l *lab.Lab) { l.Drop(lab.Rule{From: 1, To: 2, Match: "udp dport 1195"}) },
		verdicts: []verdict{
			{1, 2, status.PeerOneWay, []string{"#2 is heard, but does not hear us", "open UDP 1195 on #2 from 10.0.1.2"}},
			{2, 1, status.PeerOneWay, []string{"does not reach us", "open UDP 1195 on #2 (this controller) from 10.0.1.2"}},
		},
	},
	{
		name: "silent drop",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Drop(lab.Rule{From: 1, To: 2, Match: "meta l4proto udp"}, lab.Rule{From: 2, To: 1, Match: "meta l4proto udp"})
		},
		verdicts: []verdict{
			{1, 2, status.PeerSilent, []string{"nothing comes back from 10.0.2.2, UDP 1195", "open UDP 1195 on #2 from 10.0.1.2", "open UDP 1196 on #1 (this controller) from 10.0.2.2"}},
			{2, 1, status.PeerSilent, []string{"nothing comes back from 10.0.1.2, UDP 1196", "open UDP 1196 on #1 from 10.0.2.2", "open UDP 1195 on #2 (this controller) from 10.0.1.2"}},
		},
	},
	{
		name: "this host's own rules",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Of(1).NS.Rules(`table inet filter { chain input { type filter hook input priority 0; policy drop;
				iif lo accept; meta l4proto { icmp, ipv6-icmp, tcp } accept
			}; }`)
			l.Of(2).NS.Rules(`table inet filter { chain output { type filter hook output priority 0; udp dport 1196 reject; }; }`)
		},
		verdicts: []verdict{
			{1, 2, status.FirewallBlocks, []string{"blocks UDP 1196 from #2: table inet filter, chain input, by its policy", "let udp dport 1196 pass in chain input"}},
			{2, 1, status.FirewallBlocks, []string{"blocks UDP 1196 to #1: table inet filter, chain output, handle", "let udp dport 1196 pass in chain output"}},
		},
	},
	{
		name: "clock behind",
		arrange: func(_ *testing.T, l *lab.Lab) {
			l.Of(2).OwnClock()
			l.Of(2).SetClock(-wrong)
		},
		comesUp: true, // WireGuard minds a clock that went back, not one that is behind
		verdicts: []verdict{
			{1, 2, status.PeerClock, []string{"the clock of #2 is 1h30m", "behind ours", "NTP"}},
			{2, 1, status.PeerClock, []string{"the clock of #1 is 1h30m", "ahead of ours"}},
		},
	},
	{
		name: "version",
		arrange: func(t *testing.T, l *lab.Lab) {
			l.Of(2).Program = lab.Variant(t, "version", lab.Change{
				Package: "vns3/engine/tunnel/probe", File: "probe.go", Old: "= 1\n\tmacAt", New: "= 2\n\tmacAt",
			})
			l.Drop(lab.Rule{From: 1, To: 2, Match: wireguard}, lab.Rule{From: 2, To: 1, Match: wireguard}) // its tunnels would differ too
		},
		verdicts: []verdict{
			{1, 2, status.PeerVersion, []string{"#2 at 10.0.2.2 speaks another version"}},
			{2, 1, status.PeerVersion, []string{"#1 at 10.0.1.2 speaks another version"}},
		},
	},
	{
		name: "two rows to one address",
		arrange: func(_ *testing.T, l *lab.Lab) {
			names := l.Names()
			names.Set("c3.lab.test", l.Of(2).Address)
			rows := l.Table(1)
			rows[3] = "c3.lab.test"
			l.Of(1).Ask()
			l.Of(1).Configure(rows, "")
		},
		verdicts: []verdict{
			{1, 3, status.PeerSameAddress, []string{"#2 and #3 lead to one address, 10.0.2.2"}},
		},
	},
}

const (
	itsOwn    = "this instance"
	wireguard = "meta l4proto udp @th,64,8 1-4" // the type of a WireGuard message, behind the UDP header
	wrong     = 90*time.Minute + 30*time.Second // of a clock; its milliseconds are measured
	settled   = 5 * time.Second
)

// TestCauses produces each cause of a peer that never comes up, and proves that its verdict is that one
// and no other, and stays so.
func TestCauses(t *testing.T) {
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l := lab.New(t, 2)
			for _, m := range l.Machines {
				m.Configure(l.Table(m.ID), "")
			}
			if c.arrange != nil {
				c.arrange(t, l)
			}
			for _, m := range l.Machines {
				m.Start()
			}
			if c.keyed == nil {
				l.Keys()
			} else {
				c.keyed(t, l)
			}
			for _, v := range c.verdicts {
				v.appears(t, l)
			}
			var all sync.WaitGroup
			for _, v := range c.verdicts {
				all.Go(func() { v.stays(l, c.comesUp) })
			}
			all.Wait()
		})
	}
}

// appears waits for the verdict and reads what it names.
func (v verdict) appears(t *testing.T, l *lab.Lab) {
	t.Helper()
	m := l.Of(v.at)
	s := m.Until(20*time.Second, string(v.code), func(s *status.Snapshot) bool {
		_, ok := lab.Warning(s, v.code, v.of)
		return ok
	})
	w, _ := lab.Warning(s, v.code, v.of)
	text := w.Text + ": " + w.Remedy
	t.Logf("#%d of #%d: %s: %s", v.at, v.of, v.code, text)
	for _, name := range v.names {
		if !strings.Contains(text, name) {
			t.Errorf("#%d does not name %q of #%d: %s", v.at, name, v.of, text)
		}
	}
	if w.Severity != status.Info {
		v.examined(t, m, text)
	}
}

// examined asks the doctor for the verdict: it says the same, as an error or a warning, and first of all.
func (v verdict) examined(t *testing.T, m *lab.Machine, text string) {
	t.Helper()
	shown, report := check(t, m)
	for _, f := range report.Findings {
		if (f.Verdict == "error" || f.Verdict == "warning") && f.Remedy != "" && f.Text+": "+f.Remedy == text {
			firstIsWrong(t, shown, report, f.Subject)
			return
		}
	}
	t.Errorf("#%d: the doctor does not say of #%d: %s\n%s", v.at, v.of, text, shown)
}

// stays proves that it is the only one.
func (v verdict) stays(l *lab.Lab, comesUp bool) {
	l.Of(v.at).Stays(settled, "that verdict and no other", func(s *status.Snapshot) bool {
		for _, w := range s.Warnings {
			if w.Peer == v.of && w.Severity != status.Info && w.Code != string(v.code) {
				return false
			}
		}
		_, still := lab.Warning(s, v.code, v.of)
		return still && (comesUp || lab.Peer(s, v.of).State != status.Up)
	})
}
