package mesh

import (
	"time"

	"vns3/engine/link"
)

const (
	// datagram is the largest payload of a control packet with items: it passes every tunnel.
	datagram = 1200
	// coalesce is how long items that are not records wait for company.
	coalesce = 20 * time.Millisecond
	// At most burst datagrams each pace: repair never crowds out data or heartbeats.
	burst = 4
	pace  = 5 * time.Millisecond
)

// ref names an item.
type ref struct {
	kind Kind
	key  uint64
}

// parcel is an item, encoded when it is sent, or a packet that has to keep its place among items.
type parcel struct {
	ref
	packet []byte // nil: the item
}

// outbox is what a neighbour is to be told: records at once, the rest coalesced and paced. An item
// that changes while it waits is sent once, as it then is.
type outbox struct {
	records link.Bitmap
	bulk    []parcel
	waiting map[ref]struct{}
	sent    time.Time // newest burst
	due     time.Time // next burst; zero: nothing waits
}

// add puts an item in.
func (o *outbox) add(r ref, now time.Time) {
	if r.kind == Records {
		o.records = o.records.With(int(r.key))
		return
	}
	if _, ok := o.waiting[r]; ok {
		return
	}
	if o.waiting == nil {
		o.waiting = map[ref]struct{}{}
	}
	o.waiting[r] = struct{}{}
	o.push(parcel{ref: r}, now.Add(coalesce))
}

// addPacket puts a packet behind the items that wait.
func (o *outbox) addPacket(packet []byte, now time.Time) { o.push(parcel{packet: packet}, now) }

func (o *outbox) push(p parcel, at time.Time) {
	o.bulk = append(o.bulk, p)
	if earliest := o.sent.Add(pace); at.Before(earliest) {
		at = earliest
	}
	if o.due.IsZero() || at.Before(o.due) {
		o.due = at
	}
}

// clear forgets all that waits.
func (o *outbox) clear() { *o = outbox{} }

// takeRecords returns the datagrams with the records that wait.
func (o *outbox) takeRecords(s store) [][]byte {
	var p packer
	for id := range o.records.All() {
		p.add(s, ref{Records, uint64(id)})
	}
	o.records = 0
	return p.datagrams()
}

// takeBulk returns the datagrams of one burst, if one is due.
func (o *outbox) takeBulk(stores *[kinds]store, now time.Time) [][]byte {
	if o.due.IsZero() || now.Before(o.due) {
		return nil
	}
	var p packer
	n := 0
	for n < len(o.bulk) && p.count() < burst {
		next := o.bulk[n]
		if next.packet != nil {
			p.addPacket(next.packet)
		} else {
			p.add(stores[next.kind], next.ref)
			delete(o.waiting, next.ref)
		}
		n++
	}
	o.bulk = o.bulk[n:]
	o.sent, o.due = now, time.Time{}
	if len(o.bulk) > 0 {
		o.due = now.Add(pace)
	} else {
		o.bulk = nil
	}
	return p.datagrams()
}

// packer packs items into datagrams.
type packer struct {
	full    [][]byte
	current []byte // items being packed
	scratch []byte
}

func (p *packer) add(s store, r ref) {
	p.scratch = s.encode(p.scratch[:0], r.key)
	if len(p.scratch) == 0 {
		return
	}
	if len(p.current)+itemHeader+len(p.scratch) > datagram {
		p.close()
	}
	if p.current == nil {
		p.current = append(make([]byte, 0, 128), typeItems, version)
	}
	p.current = append(p.current, byte(r.kind))
	p.current = appendU16(p.current, uint16(len(p.scratch)))
	p.current = append(p.current, p.scratch...)
}

func (p *packer) addPacket(packet []byte) {
	p.close()
	p.full = append(p.full, packet)
}

// count returns how many datagrams are begun.
func (p *packer) count() int {
	if p.current == nil {
		return len(p.full)
	}
	return len(p.full) + 1
}

func (p *packer) close() {
	if p.current != nil {
		p.full = append(p.full, p.current)
		p.current = nil
	}
}

func (p *packer) datagrams() [][]byte {
	p.close()
	return p.full
}
