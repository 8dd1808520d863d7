package mesh

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"time"

	"vns3/engine/link"
)

// Record is what a controller tells the mesh of itself. The newest (incarnation, sequence) counts.
type Record struct {
	Origin              int
	Incarnation         uint64
	Sequence            uint32
	Discriminator       uint64
	Started             time.Time // of its process, by its wall clock; whole milliseconds
	Withdrawn           bool      // nobody has this ID now
	Draining            bool
	Shared              bool // a younger controller with this ID was met a moment ago
	LicensedControllers int
	ClockBehind         time.Duration // median of its peers' clocks minus its own; whole milliseconds
	Checksum            [20]byte
	Name                string
	Version             string
	TopologyName        string
	ClientEndpoint      string
	Addresses           []string
	Links               []LinkRecord // by ID
}

// LinkRecord is one end of a link as its record tells it.
type LinkRecord struct {
	Peer  int
	State link.State // Suspect is never announced: it is Up here
	Held  bool       // it came back a moment ago and is used only where there is no other way
	Cost  uint32     // held included
	RTT   time.Duration
	Loss  float64 // 0…1, towards the record's origin
}

const (
	recordWithdrawn = 1 << iota
	recordDraining
	recordShared
)

const lossUnit = 10000

func (r Record) key() uint64 { return uint64(r.Origin) }

func (r Record) append(b []byte) []byte {
	b = append(b, byte(r.Origin), flag(r.Withdrawn, recordWithdrawn)|flag(r.Draining, recordDraining)|flag(r.Shared, recordShared), byte(r.LicensedControllers))
	b = appendU64(b, r.Incarnation)
	b = appendU32(b, r.Sequence)
	b = appendU64(b, r.Discriminator)
	b = appendU64(b, uint64(r.Started.UnixMilli()))
	b = appendU64(b, uint64(r.ClockBehind.Milliseconds()))
	b = append(b, r.Checksum[:]...)
	for _, s := range []string{r.Name, r.Version, r.TopologyName, r.ClientEndpoint} {
		b = appendText(b, s)
	}
	b = append(b, byte(len(r.Addresses)))
	for _, s := range r.Addresses {
		b = appendText(b, s)
	}
	b = append(b, byte(len(r.Links)))
	for _, l := range r.Links {
		b = append(b, byte(l.Peer), byte(l.State), flag(l.Held, 1))
		b = appendU32(b, l.Cost)
		b = appendU32(b, uint32(min(l.RTT.Microseconds(), 1<<32-1)))
		b = appendU16(b, uint16(math.Round(l.Loss*lossUnit)))
	}
	return b
}

func decodeRecord(b []byte) (Record, error) {
	r := reader{b: b}
	origin, flags := int(r.u8()), r.u8()
	rec := Record{
		Origin:              origin,
		Withdrawn:           flags&recordWithdrawn != 0,
		Draining:            flags&recordDraining != 0,
		Shared:              flags&recordShared != 0,
		LicensedControllers: int(r.u8()),
		Incarnation:         r.u64(),
		Sequence:            r.u32(),
		Discriminator:       r.u64(),
		Started:             time.UnixMilli(int64(r.u64())),
		ClockBehind:         time.Duration(int64(r.u64())) * time.Millisecond,
		Checksum:            [20]byte(r.bytes(20)),
		Name:                r.text(),
		Version:             r.text(),
		TopologyName:        r.text(),
		ClientEndpoint:      r.text(),
	}
	for range r.u8() {
		rec.Addresses = append(rec.Addresses, r.text())
		if r.short {
			break
		}
	}
	for range r.u8() {
		rec.Links = append(rec.Links, decodeLink(&r))
		if r.short {
			break
		}
	}
	switch {
	case r.short:
		return Record{}, fmt.Errorf("record of %d bytes: %w", len(b), ErrShort)
	case !validID(origin):
		return Record{}, fmt.Errorf("record of controller %d: %w", origin, ErrValue)
	case len(rec.Addresses) > MaxAddresses || len(rec.Links) > MaxID || !rec.linksValid():
		return Record{}, fmt.Errorf("record of controller %d, its lists: %w", origin, ErrValue)
	}
	return rec, nil
}

func decodeLink(r *reader) LinkRecord {
	return LinkRecord{
		Peer:  int(r.u8()),
		State: link.State(r.u8()),
		Held:  r.u8()&1 != 0,
		Cost:  r.u32(),
		RTT:   time.Duration(r.u32()) * time.Microsecond,
		Loss:  float64(r.u16()) / lossUnit,
	}
}

// linksValid reports whether links lead to other controllers, in order of ID.
func (r Record) linksValid() bool {
	before := 0
	for _, l := range r.Links {
		if !validID(l.Peer) || l.Peer == r.Origin || l.Peer <= before || l.State > link.Suspect || l.Cost > maxCost || l.Loss > 1 {
			return false
		}
		before = l.Peer
	}
	return true
}

func validID(id int) bool { return id >= 1 && id <= MaxID }

// merge returns the newer of two records of one origin; equally new, the one whose encoding is higher.
func (r Record) merge(with Record) Record {
	order := cmp.Or(cmp.Compare(r.Incarnation, with.Incarnation), cmp.Compare(r.Sequence, with.Sequence))
	if order == 0 {
		order = bytes.Compare(r.append(nil), with.append(nil))
	}
	if order < 0 {
		return with
	}
	return r
}

// lists reports whether the record says that the link to a peer is usable.
func (r Record) lists(peer int) bool {
	l, ok := r.link(peer)
	return ok && l.State.Usable()
}

// knows reports whether the record's controller has a row for a peer.
func (r Record) knows(peer int) bool {
	_, ok := r.link(peer)
	return ok
}

func (r Record) link(peer int) (LinkRecord, bool) {
	for _, l := range r.Links {
		if l.Peer == peer {
			return l, true
		}
	}
	return LinkRecord{}, false
}
