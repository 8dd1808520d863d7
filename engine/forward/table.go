package forward

import (
	"fmt"
	"net/netip"

	"github.com/gaissmai/bart"

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
// Without return another one that shares almost all of it, so a change costs about a microsecond
// however large the table is. The zero Table and a nil *Table are empty.
type Table struct {
	prefixes *bart.Table[Destination]
}

// With returns a table in which the packets for prefix, an IPv4 prefix, go to d.
// A prefix that is not IPv4 changes nothing: IPv6 is not forwarded.
func (t *Table) With(prefix netip.Prefix, d Destination) *Table {
	if !prefix.IsValid() || !prefix.Addr().Is4() {
		return t
	}
	return &Table{t.tree().InsertPersist(prefix, d)}
}

// Without returns a table that has no route of its own for prefix.
func (t *Table) Without(prefix netip.Prefix) *Table {
	return &Table{t.tree().DeletePersist(prefix)}
}

// Lookup returns the destination of addr, an IPv4 address; the zero Destination if there is no route.
func (t *Table) Lookup(addr netip.Addr) Destination {
	d, _ := t.tree().Lookup(addr)
	return d
}

// Len returns how many prefixes the table has.
func (t *Table) Len() int { return t.tree().Size() }

var noPrefixes = new(bart.Table[Destination])

func (t *Table) tree() *bart.Table[Destination] {
	if t == nil || t.prefixes == nil {
		return noPrefixes
	}
	return t.prefixes
}
