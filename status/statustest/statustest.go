// Package statustest has fixed snapshots: topologies in known states, for tests and for looking at
// pages. Every call builds a new one, so that a test may change what it got. Nothing here reads a
// clock: all times count back from Now.
package statustest

import (
	"fmt"
	"strings"
	"time"

	"vns3/overlay"
	"vns3/peering"
	"vns3/status"
)

// Now is the instant of every snapshot.
var Now = time.Date(2026, time.March, 14, 14, 2, 51, 0, time.UTC)

// Checksum is the topology checksum of every keyset here.
const Checksum = "a04a92073a4f6f32a2abce45439a2d8c016334dc"

// OtherChecksum is what a controller with another keyset says.
const OtherChecksum = "5b1f0c8e6d27739af40ce6b1172bb3d0a9e84c66"

func ago(d time.Duration) time.Time { return Now.Add(-d) }

// shape is what the snapshots differ in; the rest is filled in alike.
type shape struct {
	controllers int    // how many are peered
	allowed     int    // how many the license has
	packs       int    // how many the license has
	subnet      string // of the overlay
	out         int    // clientpacks checked out, the first ones
}

// build returns a healthy snapshot of controller 1 of the topology.
func build(sh shape) *status.Snapshot {
	params, err := overlay.Default(prefix(sh.subnet), sh.allowed, sh.packs)
	if err != nil {
		panic(err) // a shape that does not fit is a mistake in this file
	}
	s := &status.Snapshot{
		At: Now,
		Controller: status.Controller{
			ID: 1, Name: "vns3-a", TopologyName: "Acme overlay", TopologyChecksum: Checksum,
			OverlayAddress: params.Controllers[0].Address.String(), VIP: params.VIP.String(), ASN: overlay.FirstASN,
			PrivateAddress: "10.0.1.10", PublicAddress: "198.51.100.7", Version: "1.0", Interface: "vns3",
			License:       licence(sh),
			Overlay:       &params,
			KeysetPresent: true, Peered: true, Mode: status.Headless,
			StartedAt: ago(12*24*time.Hour + 5*time.Hour), DataDir: "/var/lib/vns3",
			NTPHosts: []string{"0.pool.ntp.org", "1.pool.ntp.org"},
		},
		Keyset: status.Keyset{
			Present: true, UUID: "5b6f7a2e-6a1e-4b8e-9d0f-0c7b1f6d2a11", CreatedAt: ago(41 * 24 * time.Hour),
			Checksum: Checksum, Source: "generated",
		},
		System:   system(),
		Config:   status.Config{Path: "/etc/vns3/vns3.toml", AppliedAt: ago(26 * time.Hour), Writable: true},
		Fetch:    status.Fetch{Open: true, LastAt: ago(40 * 24 * time.Hour), LastFrom: "10.0.2.10"},
		EventSeq: 300,
		Counters: map[string]uint64{"forwarded": 48_211_904, "consumed": 1_204_311, "dropped_ttl": 0, "dropped_no_route": 12},
	}
	table := peering.Table{1: {Kind: peering.Self}}
	for id := 2; id <= sh.controllers; id++ {
		table[id] = peering.Row{Kind: peering.Address, Address: address(id)}
	}
	s.Peering = status.Peering{Table: table, State: "complete", Version: "v7"}
	for id := 1; id <= sh.allowed; id++ {
		s.Peers = append(s.Peers, peer(params, table, id))
	}
	for id := sh.controllers; id >= 2; id-- {
		port := status.FirewallPort{Port: fmt.Sprintf("UDP %d", 1194+id), Peer: id, Check: status.Check{What: "firewall", Verdict: "ok"}}
		s.System.Firewall.Ports = append([]status.FirewallPort{port}, s.System.Firewall.Ports...)
	}
	for id := 1; id <= sh.controllers; id++ {
		s.Controllers = append(s.Controllers, status.MeshController{
			ID: id, Name: name(id), Version: "1.0", Addresses: []string{fmt.Sprintf("10.0.%d.10", id)},
			Checksum: Checksum, LastHeard: ago(40 * time.Millisecond), Reachable: true, Self: id == 1,
		})
		for to := 1; to <= sh.controllers; to++ {
			if to != id {
				s.Links = append(s.Links, link(id, to))
			}
		}
	}
	for i := range sh.out {
		s.Clients = append(s.Clients, client(params, i, sh.controllers))
	}
	countClients(s)
	return s
}

// countClients makes each controller's count agree with who holds the clients.
func countClients(s *status.Snapshot) {
	for i := range s.Controllers {
		s.Controllers[i].Clients = 0
		for _, c := range s.Clients {
			if c.ControllerID == s.Controllers[i].ID {
				s.Controllers[i].Clients++
			}
		}
	}
}

func licence(sh shape) status.License {
	return status.License{
		Licensed: true, Finalized: true, Topology: "Acme overlay", Controllers: sh.allowed, Clientpacks: sh.packs,
		Signer: "acme-ops+5f2c8d11", SHA1: "9c2f1d5a0b7e4c3f8a6d1e2b5c4f7a9d0e3b6c8f", UploadedAt: ago(41 * 24 * time.Hour),
	}
}

func system() status.System {
	return status.System{
		Hostname: "vns3-a", UptimeS: 40 * 86400, EngineS: 12*86400 + 5*3600, Load: [3]float64{0.08, 0.11, 0.09},
		CPUs: 2, CPUPercent: 3.2, EngineCPU: 2.4, MemoryTotal: 2 << 30, MemoryUsed: 412 << 20, EngineRSS: 24 << 20,
		DiskTotal: 20 << 30, DiskUsed: 8_400 << 20, Goroutines: 61, ClockOffset: 2.1, UDPPorts: "ok", APIListening: "ok",
		CPUHistory: wave(3, 2, 60),
		Firewall: status.Firewall{Ports: []status.FirewallPort{
			{Port: "UDP 1194", Check: status.Check{What: "firewall", Verdict: "ok", Text: "this host lets in UDP 1194"}},
			{Port: "TCP 8000", Check: status.Check{What: "firewall", Verdict: "ok", Text: "this host lets in TCP 8000"}},
		}},
	}
}

// name is what controller id calls itself: vns3-a, vns3-b, ….
func name(id int) string { return "vns3-" + string(rune('a'+id-1)) }

// address is what the peering table says for controller id: an address or, for each third, a name.
func address(id int) string {
	if id%3 == 0 {
		return fmt.Sprintf("vns3-%c.example.net", 'a'+id-1)
	}
	return fmt.Sprintf("10.0.%d.10", id)
}

func peer(params overlay.Parameters, table peering.Table, id int) status.Peer {
	p := status.Peer{ID: id, OverlayAddress: params.Controllers[id-1].Address.String(), State: status.NotSet}
	switch table[id].Kind {
	case peering.Self:
		p.Self, p.State = true, status.Up
	case peering.Address:
		equal := true
		rtt := rtt(1, id)
		p.Address, p.Resolved = table[id].Address, fmt.Sprintf("10.0.%d.10:1195", id)
		p.State, p.Reachable, p.Since = status.Up, true, ago(3*time.Hour+time.Duration(id)*6*time.Minute)
		p.RTTms, p.JitterMs, p.MTU, p.ConfiguredMTU = rtt, rtt/12, 1440, 1500
		p.TxBytes, p.RxBytes = uint64(id)*1_734_211_904, uint64(id)*2_211_004_233
		p.LastHandshake = ago(time.Duration(20+17*id) * time.Second)
		p.TopologyChecksum, p.ChecksumEqual = Checksum, &equal
		p.NextHop, p.Path = id, []int{1, id}
		p.RTTHistory = wave(rtt, rtt/5, 60)
		p.Checks = checks(id, p.Address)
	}
	return p
}

// checks is what the doctor says of a peer that is well.
func checks(id int, address string) []status.Check {
	return []status.Check{
		{What: "name", Verdict: "ok", Text: fmt.Sprintf("%s is 10.0.%d.10", address, id)},
		{What: "port", Verdict: "ok", Text: "UDP 1195 answers us, and we answer it", Evidence: "12 of 12 probes"},
		{What: "key", Verdict: "ok", Text: "it has our keyset"},
		{What: "id", Verdict: "ok", Text: fmt.Sprintf("it is controller %d", id)},
		{What: "peered", Verdict: "ok", Text: "it lists us as controller 1"},
		{What: "checksum", Verdict: "ok", Text: "equal to ours"},
		{What: "clock", Verdict: "ok", Text: "2 ms ahead of ours"},
		{What: "mtu", Verdict: "ok", Text: "1440 bytes pass inside the tunnel"},
		{What: "loss", Verdict: "ok", Text: "0.0 % over 10 s"},
	}
}

// rtt is the round trip between two controllers in ms: symmetric, and different for each pair.
func rtt(a, b int) float64 {
	if a > b {
		a, b = b, a
	}
	table := map[[2]int]float64{{1, 2}: 1.2, {1, 3}: 30.6, {2, 3}: 31.2, {1, 4}: 18.1, {2, 4}: 19.4, {3, 4}: 24.3}
	if ms, ok := table[[2]int{a, b}]; ok {
		return ms
	}
	return float64(8 + 7*a + 11*b)
}

func link(from, to int) status.Link {
	return status.Link{
		From: from, To: to, State: status.Up, RTTms: rtt(from, to), Cost: uint32(10 + rtt(from, to)),
		TxBytes: uint64(from*to) * 300_000_000, TxRate: float64(from*37+to*91) * 1830,
	}
}

func client(params overlay.Parameters, i, controllers int) status.Client {
	addr := params.Clients[i].String()
	holder := i%controllers + 1
	c := status.Client{
		Name: strings.ReplaceAll(addr, ".", "_"), Index: i, OverlayAddress: addr,
		Endpoint:     fmt.Sprintf("203.0.%d.%d:51820", 113+i/250, 9+i%240),
		ControllerID: holder, Assigned: holder, Connected: true, Enabled: true, CheckedOut: true,
		Since: ago(time.Duration(i%90+1) * 7 * time.Minute), LastHandshake: ago(time.Duration(i%110+2) * time.Second),
		TxBytes: uint64(i%37+1) * 1_211_904, RxBytes: uint64(i%53+1) * 3_104_233,
	}
	switch {
	case i%11 == 4:
		c.Connected, c.ControllerID, c.Endpoint, c.Since, c.LastHandshake = false, 0, "", time.Time{}, time.Time{}
		c.TxBytes, c.RxBytes, c.Reason = 0, 0, "never seen"
	case i%17 == 9:
		c.Connected, c.Reason = false, "silent for 3 min"
		c.LastHandshake = ago(5 * time.Minute)
	}
	if i%5 == 0 {
		c.Tags = map[string]string{"site": fmt.Sprintf("branch-%d", i/5+1)}
	}
	return c
}

// wave is a history of n values around mid: not random, and not flat.
func wave(mid, swing float64, n int) []float64 {
	steps := []float64{0, 0.4, -0.2, 0.1, 0.7, -0.5, 0.2, 1, -0.3, 0, 0.3, -0.6}
	h := make([]float64, n)
	for i := range h {
		h[i] = mid + swing*steps[i%len(steps)]
	}
	return h
}
