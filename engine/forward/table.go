package forward

import (
	"fmt"
	"net/netip"

	"vns3/overlay"
)

// Destination says where the packets for a prefix go.
type Destination uint8

// The destinations besides Controller(1) … Controller(9). The zero Destination is no route.
const (
	LocalClient Destination = iota + overlay.MaxControllers + 1 // a client server attached to this controller
	Kernel                                                      // the host and the networks behind it
	Self                                                        // this controller's overlay address
	VIP                                                         // answered where a packet enters the mesh
	Unreachable                                                 // known, but nobody serves it now
)

// Controller is the destination of what the controller with the ID, 1…9, serves. Any other ID is
// Unreachable.
func Controller(id int) Destination {
	if id < 1 || id > overlay.MaxControllers {
		return Unreachable
	}
	return Destination(id)
}

// String returns the destination in words.
func (d Destination) String() string {
	switch d {
	case 0:
		return "none"
	case LocalClient:
		return "local client"
	case Kernel:
		return "kernel interface"
	case Self:
		return "self"
	case VIP:
		return "VIP"
	case Unreachable:
		return "unreachable"
	default:
		return fmt.Sprintf("controller %d", int(d))
	}
}

// Table maps prefixes to destinations; the longest prefix wins. A Table is never changed: With and
// Without return another one that shares almost all of it, so a change costs less than a microsecond
// however large the table is, and whoever forwards by the old one is not disturbed. A nil *Table is
// empty.
type Table struct {
	root *node
	size int
}

// With returns a table in which the packets for prefix, an IPv4 prefix, go to d; the zero Destination
// is Without. A prefix that is not IPv4 changes nothing: IPv6 is not forwarded.
func (t *Table) With(prefix netip.Prefix, d Destination) *Table {
	if !prefix.IsValid() || !prefix.Addr().Is4() {
		return t
	}
	var next Table
	if t != nil {
		next = *t
	}
	var old Destination
	next.root, old = next.root.with(number(prefix.Masked().Addr()), prefix.Bits(), d)
	if old != 0 {
		next.size--
	}
	if d != 0 {
		next.size++
	}
	return &next
}

// Without returns a table that has no route of its own for prefix.
func (t *Table) Without(prefix netip.Prefix) *Table { return t.With(prefix, 0) }

// Lookup returns the destination of addr, an IPv4 address; the zero Destination if there is no route.
func (t *Table) Lookup(addr netip.Addr) Destination {
	if !addr.Is4() {
		return 0
	}
	return t.lookup(number(addr))
}

func (t *Table) lookup(addr uint32) Destination {
	if t == nil {
		return 0
	}
	var d Destination
	for n := t.root; n != nil; addr <<= nodeBits {
		step := addr >> (32 - nodeBits)
		if best := n.best[step]; best != 0 {
			d = best
		}
		n = n.next[step]
	}
	return d
}

// Len returns how many prefixes the table has.
func (t *Table) Len() int {
	if t == nil {
		return 0
	}
	return t.size
}

// nodeBits is how many bits of an address one node looks at: a path of eight small nodes is cheaper to
// copy than one of four large ones, and hardly slower to follow.
const nodeBits = 4

// node is a step in a Table: four bits of the address, and the prefixes that end within them.
type node struct {
	next [1 << nodeBits]*node
	// best is the longest of own for each value of the four bits.
	best [1 << nodeBits]Destination
	// own holds the prefixes as a binary tree in an array: the prefix with the n leading bits b, of
	// those that the node looks at, is at 1<<n + b, and the prefix one bit shorter is at half of that.
	own [2 << nodeBits]Destination
}

// with returns the node changed for a prefix of so many bits, counted from where the node looks, and
// what the prefix led to before. Empty nodes are nil.
func (n *node) with(addr uint32, bits int, d Destination) (changed *node, old Destination) {
	var c node
	if n != nil {
		c = *n
	}
	if bits > nodeBits {
		next := &c.next[addr>>(32-nodeBits)]
		*next, old = (*next).with(addr<<nodeBits, bits-nodeBits, d)
	} else {
		own := &c.own[1<<bits+int(uint64(addr)>>(32-bits))]
		*own, old = d, *own
		c.choose()
	}
	if c == (node{}) {
		return nil, old
	}
	return &c, old
}

// choose fills in best.
func (n *node) choose() {
	for i := range n.best {
		at := 1<<nodeBits + i
		for n.own[at] == 0 && at > 1 {
			at /= 2
		}
		n.best[i] = n.own[at]
	}
}
