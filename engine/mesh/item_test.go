package mesh

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"vns3/engine/link"
)

// sampleRecord, sampleClaim, sampleAdvert and samplePack are items with every field set, few enough
// values that random ones often collide.
func sampleRecord(r *rand.Rand) Record {
	return Record{
		Origin: 3, Incarnation: r.Uint64N(2), Sequence: r.Uint32N(2), Discriminator: 5, Started: time.UnixMilli(7),
		Withdrawn: r.IntN(2) == 0, Draining: r.IntN(2) == 0, Shared: r.IntN(2) == 0, LicensedControllers: 9, ClockBehind: -3 * time.Second,
		Checksum: [20]byte{1}, Name: "n", Version: "v", TopologyName: "t", ClientEndpoint: "e", Addresses: []string{"a", "b"},
		Links: []LinkRecord{{Peer: 1, State: link.Up, Held: true, Cost: 10, RTT: 3 * time.Millisecond, Loss: 0.1234}, {Peer: 9}},
	}
}

func sampleClaim(r *rand.Rand) Claim {
	return Claim{
		Index: 7, Counter: r.Uint32N(3), Holder: 1 + r.IntN(3), Revision: r.Uint32N(2), Released: r.IntN(2) == 0,
		ClaimBody: ClaimBody{
			Endpoint:           netip.AddrPortFrom(netip.AddrFrom4([4]byte{1, 2, 3, byte(r.IntN(2))}), 5),
			HandshakeTimestamp: [12]byte{byte(r.IntN(3))}, Since: time.Unix(5, 0), LastHandshake: time.Unix(6, 0), TxBytes: 1, RxBytes: 2,
		},
	}
}

func sampleAdvert(r *rand.Rand) advert {
	return advert{origin: 4, prefix: netip.MustParsePrefix("10.0.0.0/8"), metric: r.Uint32N(3), version: r.Uint32N(3), withdrawn: r.IntN(2) == 0}
}

func samplePack(r *rand.Rand) Pack {
	by := func() stamp { return stamp{r.Uint32N(2), uint8(1 + r.IntN(3))} }
	p := Pack{Index: 2, Epoch: r.Uint32N(3), Enabled: r.IntN(2) == 0, CheckedOut: r.IntN(2) == 0, enabledBy: by(), checkedOutBy: by(), tagsBy: by(), Exported: r.Uint64N(3), exportedBy: by()}
	if r.IntN(2) == 0 {
		p.Tags = map[string]string{"k": string(rune('a' + r.IntN(3))), "l": "m"}
	}
	return p
}

// TestMerge proves that merging is commutative, associative and idempotent for every kind, and that
// every kind survives the wire: so all controllers end with the same, in whatever order items come.
func TestMerge(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	mergeLaws(t, Records, func() Record { return sampleRecord(r) }, decodeRecord)
	mergeLaws(t, Claims, func() Claim { return sampleClaim(r) }, decodeClaim)
	mergeLaws(t, Adverts, func() advert { return sampleAdvert(r) }, decodeAdvert)
	mergeLaws(t, Packs, func() Pack { return samplePack(r) }, decodePack)
}

func mergeLaws[V item[V]](t *testing.T, kind Kind, draw func() V, decode func([]byte) (V, error)) {
	same := func(law string, x, y V) {
		t.Helper()
		if !bytes.Equal(x.append(nil), y.append(nil)) {
			t.Fatalf("%v: not %s:\n%+v\n%+v", kind, law, x, y)
		}
	}
	for range 4000 {
		a, b, c := draw(), draw(), draw()
		same("idempotent", a.merge(a), a)
		same("commutative", a.merge(b), b.merge(a))
		same("associative", a.merge(b).merge(c), a.merge(b.merge(c)))
	}
	want := draw()
	encoded := want.append(nil)
	got, err := decode(encoded)
	if err != nil {
		t.Fatalf("%v: %v", kind, err)
	}
	same("the same after the wire", got, want)
	for n := range encoded {
		if _, err := decode(encoded[:n]); err == nil {
			t.Errorf("%v: accepted when cut to %d of %d bytes", kind, n, len(encoded))
		}
	}
}

// TestRoots proves that roots and bucket hashes kept up to date equal those computed anew, and say
// whether two tables hold the same.
func TestRoots(t *testing.T) {
	r := rand.New(rand.NewPCG(2, 2))
	var inOrder, shuffled table[Claim]
	var claims []Claim
	for range 5000 {
		c := sampleClaim(r)
		c.Index = r.IntN(1000)
		claims = append(claims, c)
		inOrder.take(c, zero)
	}
	r.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
	for _, c := range claims {
		shuffled.take(c, zero)
	}
	if inOrder.root != shuffled.root || inOrder.size != shuffled.size {
		t.Error("the same claims in another order give another root")
	}
	var anew table[Claim]
	for c := range inOrder.all() {
		anew.put(c, zero)
	}
	for b := range bucketCount {
		if anew.bucketHash(b) != inOrder.bucketHash(b) {
			t.Fatalf("bucket %d differs from one computed anew", b)
		}
	}
	last, _ := inOrder.get(claims[0].key())
	last.Counter++
	if inOrder.take(last, zero); inOrder.root == shuffled.root {
		t.Error("another claim gives the same root")
	}
}

// FuzzReceive proves that no packet panics the core, that what is taken is encoded as it came, and
// that what the core then tells others is accepted by them.
func FuzzReceive(f *testing.F) {
	r := rand.New(rand.NewPCG(3, 3))
	for _, kind := range []struct {
		kind Kind
		body []byte
	}{
		{Records, sampleRecord(r).append(nil)}, {Claims, sampleClaim(r).append(nil)},
		{Adverts, sampleAdvert(r).append(nil)}, {Packs, samplePack(r).append(nil)},
	} {
		f.Add(append(append([]byte{typeItems, version, byte(kind.kind)}, appendU16(nil, uint16(len(kind.body)))...), kind.body...))
	}
	f.Add((&hashes{kind: Claims, first: true}).append(nil))
	f.Add(want{kind: Records, buckets: bucketSet{255}}.append(nil))
	f.Add([]byte{typeDone, version, 1})
	f.Add(grant{index: 1, number: 2}.append(nil, typeGrantRequest))
	f.Add(grant{index: 1, number: 2}.append(nil, typeGrantAnswer))
	f.Fuzz(func(t *testing.T, packet []byte) {
		l := newLab(t, 2)
		l.run(500 * ms)
		_ = l.stations[0].Receive(2, packet, l.now)
		if len(packet) > 0 && packet[0] < link.FirstForeignType {
			return // of link, which fuzzes its own
		}
		l.run(300 * ms)
	})
}
