package mesh

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
)

// advert is a route that a controller offers, as it is replicated. The highest version counts.
type advert struct {
	origin    int
	prefix    netip.Prefix
	metric    uint32
	version   uint32
	withdrawn bool
}

func (a advert) key() uint64 {
	addr := a.prefix.Addr().As4()
	return uint64(a.origin)<<40 | uint64(binary.BigEndian.Uint32(addr[:]))<<8 | uint64(a.prefix.Bits())
}

func (a advert) append(b []byte) []byte {
	addr := a.prefix.Addr().As4()
	b = append(b, byte(a.origin), flag(a.withdrawn, 1))
	b = append(append(b, addr[:]...), byte(a.prefix.Bits()))
	b = appendU32(b, a.metric)
	return appendU32(b, a.version)
}

func decodeAdvert(b []byte) (advert, error) {
	r := reader{b: b}
	origin, withdrawn := int(r.u8()), r.u8()&1 != 0
	prefix := netip.PrefixFrom(netip.AddrFrom4([4]byte(r.bytes(4))), int(r.u8()))
	a := advert{origin: origin, withdrawn: withdrawn, prefix: prefix, metric: r.u32(), version: r.u32()}
	switch {
	case r.short:
		return advert{}, fmt.Errorf("advertised route of %d bytes: %w", len(b), ErrShort)
	case !validID(origin) || !prefix.IsValid() || prefix != prefix.Masked():
		return advert{}, fmt.Errorf("advertised route %v of controller %d: %w", prefix, origin, ErrValue)
	}
	return a, nil
}

func (a advert) merge(with advert) advert {
	order := cmp.Compare(a.version, with.version)
	if order == 0 {
		order = bytes.Compare(a.append(nil), with.append(nil))
	}
	if order < 0 {
		return with
	}
	return a
}

// BestRoute is the controller to which packets for a prefix go.
type BestRoute struct {
	Prefix     netip.Prefix
	Controller int // ID, this controller itself where its own offer is best; 0: none is reachable
	Metric     uint32
	Others     []int // further controllers that offer it, best first, unreachable ones last
}

// offer is an advertised route with the way to its controller.
type offer struct {
	advert
	reachable bool
	cost      uint32
}

// bestRoutes returns the best offer of each prefix.
func bestRoutes(offers []offer) []BestRoute {
	slices.SortFunc(offers, func(a, b offer) int {
		return cmp.Or(
			a.prefix.Addr().Compare(b.prefix.Addr()),
			cmp.Compare(a.prefix.Bits(), b.prefix.Bits()),
			-cmp.Compare(flag(a.reachable, 1), flag(b.reachable, 1)),
			cmp.Compare(a.metric, b.metric),
			cmp.Compare(a.cost, b.cost),
			cmp.Compare(a.origin, b.origin))
	})
	var best []BestRoute
	for _, o := range offers {
		if n := len(best) - 1; n >= 0 && best[n].Prefix == o.prefix {
			best[n].Others = append(best[n].Others, o.origin)
			continue
		}
		b := BestRoute{Prefix: o.prefix, Metric: o.metric}
		if o.reachable {
			b.Controller = o.origin
		} else {
			b.Others = []int{o.origin}
		}
		best = append(best, b)
	}
	return best
}
