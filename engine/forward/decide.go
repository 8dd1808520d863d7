package forward

import (
	"net/netip"
	"strconv"

	"vns3/engine/forward/ipv4"
	"vns3/overlay"
)

// slot is a place where packets come in or go out. Slots 1 to 9 are the tunnels to the controllers
// with these IDs.
type slot uint8

const (
	ownSlot    slot = 0 // packets that the switch itself originates; nothing goes out here
	clientSlot slot = iota + overlay.MaxControllers
	kernelSlot
	slots
)

// isPeer reports whether s is the tunnel to another controller.
func (s slot) isPeer() bool { return s >= 1 && s <= overlay.MaxControllers }

// String returns the name under which the packets of s are counted.
func (s slot) String() string {
	switch s {
	case ownSlot:
		return "own"
	case clientSlot:
		return "clients"
	case kernelSlot:
		return "kernel"
	default:
		return "peer " + strconv.Itoa(int(s))
	}
}

// view is everything that a decision depends on besides the packet. It is never changed once it is
// published.
type view struct {
	id           int
	address, vip uint32 // 0: not set
	kernel       bool   // there is a kernel interface
	mtu          [slots]int
	hops         Hops
	table        *Table
}

func (v *view) identify(i Identity) {
	v.id = i.ID
	v.address, v.vip = number(i.Address), number(i.VIP)
}

// number is an IPv4 address as the header holds it; 0 if addr is none.
func number(addr netip.Addr) uint32 {
	if !addr.Is4() {
		return 0
	}
	return ipv4.Number(addr)
}

// action is what becomes of a packet.
type action uint8

const (
	drop     action = iota // and count the reason
	forward                // to a slot
	fragment               // to a slot, in pieces
	control                // it is for this controller's engine
	echo                   // answer the ping with its own addresses swapped
)

var actionNames = [...]string{"drop", "forward", "fragment", "control", "echo"}

func (a action) String() string { return actionNames[a] }

// verdict is the decision about one packet.
type verdict struct {
	action action
	reason Reason // of a drop
	to     slot   // of what is forwarded, or of what is too big for it
	hop    bool   // the packet passes this controller on its way: TTL − 1
}

func dropFor(r Reason) verdict { return verdict{action: drop, reason: r} }

// decide says what becomes of a packet with header h that came in at from. It is judge with the route
// of the packet's own destination.
func decide(h ipv4.Header, from slot, v *view) verdict {
	return judge(h, from, v, v.route(h.Destination, from))
}

// judge is the decision for a packet whose route is known. The route is separate because it is the
// costly part and the same for all packets of a batch with one destination.
func judge(h ipv4.Header, from slot, v *view, r route) verdict {
	switch {
	case ipv4.LinkLocal(h.Source) || ipv4.LinkLocal(h.Destination):
		if v.isControl(h, from) {
			return verdict{action: control}
		}
		return dropFor(LinkLocal)
	case !ipv4.Unicast(h.Source) || !ipv4.Unicast(h.Destination):
		return dropFor(BadAddress)
	case h.Source == v.vip && (from == clientSlot || from == kernelSlot):
		return dropFor(VIPSource)
	}
	switch {
	case r.local:
		return v.serve(h, from, r)
	case r.reason != 0:
		return dropFor(r.reason)
	case from == clientSlot && r.to == clientSlot && h.Source == h.Destination:
		return dropFor(Returned)
	}
	// The host's own stack counts as the hop where packets enter or leave through it.
	hop := from != ownSlot && from != kernelSlot && r.to != kernelSlot
	switch {
	case hop && h.TTL <= 1:
		return dropFor(Expired)
	case int(h.Length) <= v.mtu[r.to]:
		return verdict{action: forward, to: r.to, hop: hop}
	case h.DontFragment || h.Segments || !ipv4.CanFragment(h, v.mtu[r.to]):
		return verdict{action: drop, reason: TooBig, to: r.to}
	default:
		return verdict{action: fragment, to: r.to, hop: hop}
	}
}

// isControl reports whether h is a control packet of the very controller whose tunnel it came through.
func (v *view) isControl(h ipv4.Header, from slot) bool {
	return from.isPeer() && v.id != 0 && h.Protocol == ipv4.ControlProtocol && h.TTL == ipv4.ControlTTL && !h.Fragment &&
		h.Source == ipv4.ControlAddress(int(from)) && h.Destination == ipv4.ControlAddress(v.id)
}

// serve decides about a packet for an address that this controller answers itself.
func (v *view) serve(h ipv4.Header, from slot, r route) verdict {
	switch {
	case r.vip && from.isPeer():
		return dropFor(VIPTransit)
	case from != ownSlot && h.Protocol == ipv4.ICMP && !h.Fragment:
		return verdict{action: echo}
	default:
		return dropFor(NotServed)
	}
}

// route is the way to a destination for what came in at one slot.
type route struct {
	to     slot
	reason Reason // not 0: there is no way
	local  bool   // this controller answers it itself,
	vip    bool   // for the VIP
}

// route looks up the way to a destination.
func (v *view) route(destination uint32, from slot) route {
	var r route
	switch d := v.table.lookup(destination); d {
	case 0:
		return route{reason: NoRoute}
	case Unreachable:
		return route{reason: NoPath}
	case VIP:
		return route{local: true, vip: true}
	case Self:
		if !v.kernel {
			return route{local: true}
		}
		r.to = kernelSlot
	case Kernel:
		if !v.kernel {
			return route{reason: NoPath}
		}
		r.to = kernelSlot
	case LocalClient:
		r.to = clientSlot
	default:
		r.to = v.next(int(d), from)
	}
	switch {
	case r.to == ownSlot:
		return route{reason: NoPath}
	case r.to == from && from != clientSlot: // between two clients of one device is not back
		return route{reason: Returned}
	}
	return r
}

// next is the neighbour to which packets for a controller go. Only packets that enter the mesh here are
// deflected, so that each is deflected at most once and two controllers cannot hand it to each other.
func (v *view) next(controller int, from slot) slot {
	hop := v.hops[controller]
	if hop.Suspect && hop.Alternate != 0 && !from.isPeer() {
		return slot(hop.Alternate)
	}
	return slot(hop.Next)
}
