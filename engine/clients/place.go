package clients

import (
	"bytes"
	"net/netip"
)

// places are where clients were seen: as their holders see them, and as this controller does.
type places struct {
	index map[netip.AddrPort]int
	of    map[int][kindsOfPlace]netip.AddrPort
	stamp map[int][12]byte // of the newest standby initiation
}

const (
	claimed = iota // as the holder sees the client
	standby        // as this controller sees it, by the initiations that it never answers
	kindsOfPlace
)

func newPlaces() places {
	return places{index: map[netip.AddrPort]int{}, of: map[int][kindsOfPlace]netip.AddrPort{}, stamp: map[int][12]byte{}}
}

// set notes where a client is; the zero AddrPort: not known any longer.
func (p *places) set(index, kind int, at netip.AddrPort) {
	all := p.of[index]
	if all[kind] == at {
		return
	}
	old := all[kind]
	all[kind] = at
	if all == [kindsOfPlace]netip.AddrPort{} {
		delete(p.of, index)
	} else {
		p.of[index] = all
	}
	if p.index[old] == index && all[claimed] != old && all[standby] != old {
		delete(p.index, old)
	}
	if at.IsValid() {
		p.index[at] = index
	}
}

// knocked notes where a standby initiation came from, unless it is an old one played again.
func (p *places) knocked(k Knock) {
	newest := p.stamp[k.Index]
	if bytes.Compare(k.Stamp[:], newest[:]) <= 0 {
		return
	}
	p.stamp[k.Index] = k.Stamp
	p.set(k.Index, standby, k.From)
}

// at returns the client that is at an endpoint.
func (p *places) at(endpoint netip.AddrPort) (index int, known bool) {
	index, known = p.index[endpoint]
	return index, known
}

// reach returns where a client may be reached from here: where it was seen from here, and where its holder
// saw it. Both may be the newer one. The second is zero if there is none.
func (p *places) reach(index int, holder netip.AddrPort) (first, second netip.AddrPort) {
	own := p.of[index][standby]
	if !own.IsValid() || own == holder {
		return holder, netip.AddrPort{}
	}
	return own, holder
}
