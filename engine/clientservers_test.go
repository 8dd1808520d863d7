package engine

import (
	"bytes"
	"log/slog"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"vns3/engine/clients"
	"vns3/engine/forward"
	"vns3/engine/link"
	"vns3/engine/mesh"
	"vns3/engine/tunnel"
	"vns3/engine/tunnel/memnet"
	"vns3/keyset"
	"vns3/overlay"
)

// many is a topology of 10,000 clientpacks.
func many(t testing.TB) (*keyset.Keyset, overlay.Parameters) {
	t.Helper()
	p, err := overlay.Default(netip.MustParsePrefix("10.200.0.0/18"), 9, 10_000)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keyset.Generate(keyset.GenerateOptions{Now: time.Now(), Topology: "many", Overlay: p})
	if err != nil {
		t.Fatal(err)
	}
	return k, p
}

// TestRoster proves that every clientpack is found by its key, that a new epoch replaces the old key, and
// that an older epoch never comes back.
func TestRoster(t *testing.T) {
	keys, p := many(t)
	p.Clients = p.Clients[:50]
	r := newRoster(keys, p)
	if r.set(3, 2) {
		t.Error("a first key counts as a new one")
	}
	r.derive(t.Context(), map[int]uint32{7: 1})
	for index, epoch := range map[int]uint32{0: 0, 3: 2, 7: 1, 49: 0} {
		if got, ok := r.find(keys.Pack(index, epoch).Public); !ok || got != index {
			t.Errorf("pack %d of epoch %d: %d, %v", index, epoch, got, ok)
		}
	}
	if !r.set(0, 1) || r.set(0, 0) || r.set(99, 1) {
		t.Error("a new epoch is no change, or an old one is")
	}
	if _, ok := r.find(keys.Pack(0, 0).Public); ok {
		t.Error("the old key is still known")
	}
	if got, ok := r.find(keys.Pack(0, 1).Public); !ok || got != 0 {
		t.Error("the new key is not known")
	}
}

// TestPackKeeper proves that states survive in the file, that a file of another keyset is none, and that
// a damaged one gives what is whole and says so.
func TestPackKeeper(t *testing.T) {
	path := filepath.Join(t.TempDir(), "clientpacks")
	core := mesh.New(mesh.Options{Self: 1, Discriminator: 1, Health: link.DefaultConfig(), Rand: rand.New(rand.NewPCG(1, 1))}, time.Now())
	keeper := newPackKeeper(path, "uuid", slog.New(slog.DiscardHandler))
	for index := range 20 {
		if err := core.SetPack(index, mesh.PackChange{Regenerate: true, Tags: map[string]string{"n": "x"}}, time.Now()); err != nil {
			t.Fatal(err)
		}
		keeper.keep(core.Pack(index))
	}
	if err := keeper.flush(); err != nil {
		t.Fatal(err)
	}
	kept, err := newPackKeeper(path, "uuid", nil).load()
	if err != nil || len(kept) != 20 || !bytes.Equal(kept[5], mesh.EncodePack(core.Pack(5))) {
		t.Fatalf("%d states: %v", len(kept), err)
	}
	if kept, err := newPackKeeper(path, "other", nil).load(); err != nil || len(kept) != 0 {
		t.Errorf("of another keyset: %d states, %v", len(kept), err)
	}
	raw, _ := os.ReadFile(path)
	if err := os.WriteFile(path, raw[:len(raw)-3], 0o600); err != nil {
		t.Fatal(err)
	}
	if kept, err := newPackKeeper(path, "uuid", nil).load(); err == nil || len(kept) != 19 {
		t.Errorf("cut short: %d states, %v", len(kept), err)
	}
}

// TestFence proves that nothing is said to clients while the loop does not tick, nor after a gap until a
// neighbour was heard afresh or 300 ms have passed.
func TestFence(t *testing.T) {
	var f fence
	now := time.Now()
	f.tick(now)
	if !f.open() {
		t.Error("shut after a tick")
	}
	f.tick(now.Add(-time.Second))
	if f.open() {
		t.Error("open one second after the last tick")
	}
	f.tick(now) // after the gap
	if f.open() {
		t.Error("open right after a gap")
	}
	f.fresh(now.Add(10 * time.Millisecond))
	if f.shut.Load() == 0 {
		t.Error("what had waited in the socket opened it")
	}
	f.fresh(now.Add(100 * time.Millisecond))
	if f.shut.Load() != 0 {
		t.Error("a fresh heartbeat did not open it")
	}
	f.shut.Store(fenceTime(now))
	f.ticked.Store(fenceTime(now.Add(250 * time.Millisecond)))
	if f.tick(now.Add(301 * time.Millisecond)); f.shut.Load() != 0 {
		t.Error("still shut after 300 ms")
	}
}

// TestAwaitedClientThatLeaves proves that a client that knocked and left without a word is waited for no
// longer: every packet of a client that is waited for stops until the loop has heard of it.
func TestAwaitedClientThatLeaves(t *testing.T) {
	keys, p := many(t)
	start := time.Now()
	s := &session{
		sessionOptions: sessionOptions{identity: identity{self: 1}, keys: keys, parameters: p},
		core:           mesh.New(mesh.Options{Self: 1, Discriminator: 1, Health: link.DefaultConfig(), Rand: rand.New(rand.NewPCG(1, 1))}, start),
		fabric:         forward.New(forward.Options{}),
	}
	defer s.fabric.Close()
	alone := start.Add(10 * time.Second)
	s.core.RunDue(alone) // nobody else is there to be level with
	c := newClientServers(s)
	defer c.close()
	const index = 7
	if !c.core.Admit(clients.Knock{Index: index, Stamp: [12]byte{1}, From: netip.MustParseAddrPort("192.0.2.1:4000")}, alone) {
		t.Fatal("it was not admitted")
	}
	c.act()
	if !c.awaited[p.Clients[index]] {
		t.Error("its first packet is not waited for")
	}
	c.core.Disconnect(index, alone)
	c.act()
	if len(c.awaited) != 0 {
		t.Error("it left, and is waited for still")
	}
}

// TestOnlyConnectedClientsCost states what 10,000 clientpacks with 50 connected clients take: the table of
// keys, and some kB for each client that has a session.
func TestOnlyConnectedClientsCost(t *testing.T) {
	keys, p := many(t)
	before := heap()
	r := newRoster(keys, p)
	for index := range r.entries { // derived keys take as much room, and much longer
		key := keyset.PublicKey{byte(index), byte(index >> 8), 1}
		r.entries[index], r.index[key] = rosterEntry{0, key, true}, index
	}
	roster := heap() - before

	fabric := forward.New(forward.Options{})
	defer fabric.Close()
	listen := netip.AddrFrom4([4]byte{127, byte(1 + rand.IntN(250)), byte(rand.IntN(250)), byte(2 + rand.IntN(250))})
	device, err := tunnel.OpenClients(tunnel.ClientsOptions{
		PrivateKey: keys.ClientFacing().Private, Listen: listen, Port: fabric.Clients(),
		Admit: func(tunnel.Initiation) bool { return true },
	})
	if err != nil {
		t.Fatal(err)
	}
	defer device.Close()
	// The device fills its pools of buffers at some moment, which a median of rounds leaves out.
	const connected, rounds = 50, 5
	var costs []int
	for round := range rounds {
		before := heap()
		for index := round * connected; index < (round+1)*connected; index++ {
			connect(t, device, keys, p, index, netip.AddrPortFrom(listen, tunnel.ClientPort))
		}
		costs = append(costs, heap()-before)
	}
	slices.Sort(costs)
	peers := costs[rounds/2]
	t.Logf("10,000 clientpacks: %d kB; %d connected clients: %d kB", roster/1024, connected, peers/1024)
	if roster > 4<<20 || peers > 4<<20 {
		t.Error("more than 4 MB for either")
	}
	runtime.KeepAlive(r)
}

// connect lets a client shake hands with the device and leaves nothing of it but its session there.
func connect(t *testing.T, device *tunnel.Clients, keys *keyset.Keyset, p overlay.Parameters, index int, at netip.AddrPort) {
	t.Helper()
	pack := keys.Pack(index, 0)
	if err := device.Add(tunnel.ClientPeer{PublicKey: pack.Public, PresharedKey: keys.PackPSK(index, 0), Address: p.Clients[index]}); err != nil {
		t.Fatal(err)
	}
	client, err := tunnel.OpenAttachment(tunnel.AttachOptions{
		PrivateKey: pack.Private, Facing: keys.ClientFacing().Public, Preshared: keys.PackPSK(index, 0), Port: memnet.NewPort(func([]byte) {}),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.Initiate(at, false); err != nil {
		t.Fatal(err)
	}
	hasSession := func(s tunnel.ClientStatus) bool { return s.PublicKey == pack.Public && !s.LastHandshake.IsZero() }
	for deadline := time.Now().Add(10 * time.Second); !slices.ContainsFunc(device.Status(), hasSession); {
		if time.Now().After(deadline) {
			t.Fatalf("client %d has no session", index)
		}
		runtime.Gosched()
	}
}

func heap() int {
	runtime.GC()
	runtime.GC() // what pools held is freed by the second
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}
