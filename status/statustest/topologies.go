package statustest

import (
	"fmt"
	"net/netip"
	"time"

	"vns3/status"
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// product is the subnet that VNS3 uses by default.
const product = "100.127.255.192/26"

// Three is a healthy topology of three controllers of four allowed, with twelve client servers.
func Three() *status.Snapshot {
	return build(shape{controllers: 3, allowed: 4, packs: 50, subnet: product, out: 12})
}

// Single is a topology of one controller: nothing to peer with, and nothing wrong.
func Single() *status.Snapshot {
	return build(shape{controllers: 1, allowed: 1, packs: 50, subnet: product, out: 4})
}

// Nine is the largest topology, with ninety client servers; controller 7 drains.
func Nine() *status.Snapshot {
	s := build(shape{controllers: 9, allowed: 9, packs: 1000, subnet: "100.127.252.0/22", out: 90})
	s.Controllers[6].Draining = true
	return s
}

// Storm is the largest topology on a bad day: #9 is lost, the tunnels #1 – #4 and #3 – #5 do not work,
// #6 hears #8 but not the other way, and the link #2 – #7 is lossy.
func Storm() *status.Snapshot {
	s := Nine()
	lost := &s.Controllers[8]
	lost.Reachable, lost.LastHeard, lost.Clients = false, ago(3*time.Minute), 0
	down := func(l *status.Link) { l.State, l.RTTms, l.Loss, l.TxRate = status.Down, 0, 1, 0 }
	for id := 1; id <= 8; id++ {
		setLinks(s, id, 9, down)
	}
	setLinks(s, 1, 4, down)
	setLinks(s, 3, 5, down)
	setLinks(s, 6, 8, down)
	setLinks(s, 2, 7, func(l *status.Link) { l.State, l.Loss = status.Suspect, 0.08 })
	for i := range s.Links {
		if l := &s.Links[i]; l.From == 6 && l.To == 8 {
			l.State = status.Init
		}
	}
	round, gone := &s.Peers[3], &s.Peers[8]
	round.State, round.Reachable, round.Since, round.Reason = status.Down, false, ago(40*time.Second), string(status.PeerPort)
	round.RTTms, round.NextHop, round.Path = 20.2, 2, []int{1, 2, 4}
	gone.State, gone.Reachable, gone.Since, gone.Reason = status.Down, false, ago(3*time.Minute), string(status.PeerLost)
	gone.RTTms, gone.NextHop, gone.Path = 0, 0, nil
	s.Warnings = warnings(s, time.Minute,
		status.Finding{
			Code: status.PeerVia, Peer: 4, Text: "#4 is reached via #2: its UDP 1195 does not answer us.",
			Remedy: "Open UDP 1195 on 10.0.4.10 from 198.51.100.7.",
		},
		status.Finding{Code: status.PeerLost, Peer: 9, Text: "#9 is down: nothing of it is heard, also not by the others."},
	)
	return s
}

// Crowd is a topology of three controllers with 1,000 client servers.
func Crowd() *status.Snapshot {
	return build(shape{controllers: 3, allowed: 9, packs: 1000, subnet: "100.127.252.0/22", out: 1000})
}

// Degraded is a topology of four controllers in which the tunnel between #1 and #3 does not work, so
// that they reach each other via #2; the link to #4 is lossy, and #3 drains.
func Degraded() *status.Snapshot {
	s := build(shape{controllers: 4, allowed: 4, packs: 50, subnet: product, out: 31})
	p := &s.Peers[2]
	p.State, p.Reachable, p.Since, p.Loss = status.Down, false, ago(40*time.Second), 0.001
	p.RTTms, p.NextHop, p.Path, p.Reason = 32.4, 2, []int{1, 2, 3}, string(status.PeerPort)
	p.Checks[1] = status.Check{
		What: "port", Verdict: "error", Text: "UDP 1195 on vns3-c.example.net does not answer us",
		Remedy:   "Open UDP 1195 on vns3-c.example.net from 198.51.100.7, in its host's and its cloud's firewall.",
		Evidence: "0 of 12 probes in 3 s; its UDP 1196 answers controller 2",
	}
	p.Checks[8] = status.Check{What: "loss", Verdict: "unknown", Text: "no direct packets to count"}
	lossy := &s.Peers[3]
	lossy.State, lossy.Since, lossy.Loss, lossy.Reason = status.Suspect, ago(2*time.Second), 0.17, string(status.PeerLossy)
	lossy.Checks[8] = status.Check{
		What: "loss", Verdict: "warning", Text: "17 % of heartbeats were lost over 10 s",
		Remedy: "Look at the path between 10.0.1.10 and 10.0.4.10; traffic takes another way while it lasts.",
	}
	s.Controllers[2].Draining = true
	setLinks(s, 1, 3, func(l *status.Link) { l.State, l.RTTms, l.Loss, l.TxRate = status.Down, 0, 1, 0 })
	setLinks(s, 3, 4, func(l *status.Link) { l.State, l.Loss = status.Suspect, 0.17 })
	setLinks(s, 1, 4, func(l *status.Link) { l.State, l.Loss = status.Suspect, 0.17 })
	s.Warnings = warnings(s, 40*time.Second,
		status.Finding{
			Code: status.PeerVia, Peer: 3, Text: "#3 is reached via #2: its UDP 1195 does not answer us.",
			Remedy: "Open UDP 1195 on vns3-c.example.net from 198.51.100.7.",
		},
		status.Finding{Code: status.PeerLossy, Peer: 4, Text: "#4: 17 % of heartbeats were lost over 10 s."},
	)
	return s
}

// warnings is what the findings show once they have stood for long.
func warnings(s *status.Snapshot, stood time.Duration, findings ...status.Finding) []status.Warning {
	var tracker status.Tracker
	tracker.Update(findings, s.At.Add(-stood))
	return tracker.Update(findings, s.At)
}

// setLinks changes the link between two controllers, both directions.
func setLinks(s *status.Snapshot, a, b int, change func(*status.Link)) {
	for i := range s.Links {
		if l := &s.Links[i]; (l.From == a && l.To == b) || (l.From == b && l.To == a) {
			change(l)
		}
	}
}

// OneWay is Three with a link on which only controller 2 is heard.
func OneWay() *status.Snapshot {
	s := Three()
	s.Peers[2].State, s.Peers[2].Reachable, s.Peers[2].Reason = status.Init, false, string(status.PeerOneWay)
	s.Peers[2].NextHop, s.Peers[2].Path, s.Peers[2].Since = 2, []int{1, 2, 3}, ago(9*time.Second)
	for i := range s.Links {
		switch l := &s.Links[i]; {
		case l.From == 1 && l.To == 3:
			l.State = status.Init
		case l.From == 3 && l.To == 1:
			l.State = status.Down
		}
	}
	s.Warnings = warnings(s, 9*time.Second, status.Finding{
		Code: status.PeerOneWay, Peer: 3, Text: "#3 is heard, but does not hear us.",
		Remedy: "Open UDP 1195 into vns3-c.example.net from 198.51.100.7.",
	})
	return s
}

// OtherKeyset is Three with a controller 3 that has another keyset.
func OtherKeyset() *status.Snapshot {
	s := Three()
	unequal := false
	p := &s.Peers[2]
	p.State, p.Reachable, p.ChecksumEqual, p.TopologyChecksum = status.Down, false, &unequal, OtherChecksum
	p.NextHop, p.Path, p.Reason, p.Since = 0, nil, string(status.PeerOtherKeyset), ago(4*time.Minute)
	p.LastHandshake, p.RTTHistory, p.RTTms = time.Time{}, nil, 0
	p.Checks[2] = status.Check{
		What: "key", Verdict: "error", Text: "a vns3 answers there, with another keyset",
		Remedy: "On controller 3 remove its keyset and fetch ours: vns3 keyset fetch --source 10.0.1.10.",
	}
	s.Controllers[2].Checksum, s.Controllers[2].Reachable = OtherChecksum, false
	setLinks(s, 1, 3, func(l *status.Link) { l.State, l.RTTms = status.Down, 0 })
	setLinks(s, 2, 3, func(l *status.Link) { l.State, l.RTTms = status.Down, 0 })
	s.Warnings = warnings(s, 4*time.Minute, status.Finding{
		Code: status.PeerOtherKeyset, Peer: 3, Text: "#3 has another keyset: it is not of this topology.",
		Remedy: "On controller 3 remove its keyset and fetch ours.",
	})
	return s
}

// Unlicensed is a controller as it starts for the first time.
func Unlicensed() *status.Snapshot {
	s := build(shape{controllers: 1, allowed: 1, packs: 4, subnet: product})
	s.Controller.ID, s.Controller.Peered, s.Controller.KeysetPresent = 0, false, false
	s.Controller.Name, s.Controller.TopologyName, s.Controller.TopologyChecksum = "Controller 1", "", ""
	s.Controller.OverlayAddress, s.Controller.VIP, s.Controller.ASN = "", "", 0
	s.Controller.PublicAddress, s.Controller.Interface = "", ""
	s.Controller.License, s.Controller.Overlay = status.License{}, nil
	s.Controller.Mode, s.Controller.StartedAt = status.Console, ago(9*time.Second)
	s.Keyset, s.Fetch, s.Peers, s.Controllers, s.Links, s.Clients = status.Keyset{}, status.Fetch{}, nil, nil, nil, nil
	s.Peering = status.Peering{State: "empty", Version: "v1"}
	s.Config = status.Config{Path: "/etc/vns3/vns3.toml", Writable: true, Defaults: true}
	s.System.EngineS, s.EventSeq = 9, 2
	s.Warnings = warnings(s, 9*time.Second, status.Finding{Code: status.LicenseMissing})
	return s
}

// NoKeyset is a licensed controller that has no keys yet; its peering table is saved already.
func NoKeyset() *status.Snapshot {
	s := build(shape{controllers: 3, allowed: 4, packs: 50, subnet: product})
	s.Controller.KeysetPresent, s.Controller.TopologyChecksum = false, ""
	s.Keyset, s.Fetch, s.Controllers, s.Links = status.Keyset{}, status.Fetch{}, s.Controllers[:1], nil
	for i := range s.Peers {
		if p := &s.Peers[i]; p.State == status.Up && !p.Self {
			*p = status.Peer{
				ID: p.ID, OverlayAddress: p.OverlayAddress, Address: p.Address, Resolved: p.Resolved,
				State: status.Down, Since: ago(time.Minute), Reason: string(status.KeysetMissing), ConfiguredMTU: p.ConfiguredMTU,
			}
		}
	}
	s.Warnings = warnings(s, time.Minute, status.Finding{Code: status.KeysetMissing})
	return s
}

// Routed is Three with routes of this controller and of others, in every state.
func Routed() *status.Snapshot {
	s := Three()
	s.Routes = []status.Route{
		{ID: 1, CIDR: "10.20.0.0/16", Description: "office LAN", Interface: "eth1", Gateway: "10.0.1.1", Metric: 10, Advertise: true, Enabled: true, Controller: 1, Active: true},
		{ID: 2, CIDR: "192.168.40.0/24", Description: "lab", Advertise: true, Controller: 1, Reason: "disabled"},
		{ID: 3, CIDR: "172.20.0.0/14", Description: "old data centre", Gateway: "10.0.1.254", Enabled: true, Controller: 1, Reason: "gateway 10.0.1.254 is not reachable"},
		{CIDR: "10.60.0.0/16", Description: "warehouse", Metric: 20, Advertise: true, Enabled: true, Controller: 2, Active: true},
		{CIDR: "10.20.0.0/16", Description: "office, second way", Metric: 50, Advertise: true, Enabled: true, Controller: 3, Reason: "#1 has a lower metric"},
	}
	return s
}

// Draining is Three while this controller hands its clients over.
func Draining() *status.Snapshot {
	s := Three()
	s.Controller.Draining, s.Controllers[0].Draining = true, true
	s.Tasks = []status.Task{{
		ID: 7, Name: "drain", Title: "Drain controller 1", State: status.Running, StartedAt: ago(4 * time.Second), Cancel: true,
		Steps: []status.Step{
			{Text: "tell the other controllers", State: status.Done, TookMs: 41},
			{Text: "hand over 4 clients: 2 of 4", State: status.Running},
			{Text: "wait until no packet comes for them here", State: status.Waiting},
		},
	}}
	return s
}

// Events returns n events of a long day, oldest first; the newest has sequence number n.
func Events(n int) []status.Event {
	kinds := []status.Event{
		{Code: "link.up", Severity: status.Info, Text: "link to #2 is up, 1.2 ms", Peer: 2},
		{Code: "client.attached", Severity: status.Info, Text: "100_127_255_193 attached from 203.0.113.9:51820", Client: "100_127_255_193"},
		{Code: "link.suspect", Severity: status.Warn, Text: "link to #3 is silent for 150 ms; traffic goes via #2", Peer: 3},
		{Code: "config.applied", Severity: status.Info, Text: "/etc/vns3/vns3.toml applied; no tunnel was dropped"},
		{Code: "link.down", Severity: status.Error, Text: "link to #3 is down: no heartbeat for 1.5 s", Peer: 3},
		{Code: "client.moved", Severity: status.Info, Text: "100_127_255_200 moved from #3 to #1", Client: "100_127_255_200"},
		{Code: "fetch.refused", Severity: status.Warn, Text: "a wrong token from 192.0.2.44 for the keyset fetch"},
	}
	events := make([]status.Event, n)
	for i := range events {
		e := kinds[i%len(kinds)]
		e.Seq, e.At = uint64(i+1), ago(time.Duration(n-1-i)*97*time.Second+7*time.Second)
		if i%len(kinds) == 1 {
			e.Client = fmt.Sprintf("100_127_255_%d", 193+i%50)
			e.Text = e.Client + " attached from 203.0.113.9:51820"
		}
		events[i] = e
	}
	return events
}
