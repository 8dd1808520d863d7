package forward

import "vns3/engine/forward/ipv4"

// Reason says why a packet was dropped.
type Reason uint8

// The reasons, in the order in which the decision meets them.
const (
	Malformed       Reason = iota + 1 // not an IPv4 packet that is whole and has a right header checksum
	IPv6                              // only IPv4 travels inside the tunnels
	LinkLocal                         // 169.254.0.0/16 outside the control packets of this very link
	BadAddress                        // a source or destination that is no unicast address
	VIPSource                         // claims to come from the VIP
	VIPTransit                        // for the VIP, from a controller that should have answered it
	NoRoute                           // no prefix covers the destination
	NoPath                            // its controller cannot be reached now
	Returned                          // would go back where it came from
	NotServed                         // for this controller's own address, which answers ping only
	Expired                           // its TTL ran out
	TooBig                            // larger than the MTU ahead, and must not be fragmented
	PortClosed                        // the device ahead is not running
	QueueFull                         // the device ahead did not keep up
	InterfaceFailed                   // the kernel interface refused it

	reasons // how many there are, the zero Reason included
)

var reasonNames = [reasons]string{
	Malformed:       "malformed",
	IPv6:            "ipv6",
	LinkLocal:       "link_local",
	BadAddress:      "bad_address",
	VIPSource:       "vip_source",
	VIPTransit:      "vip_transit",
	NoRoute:         "no_route",
	NoPath:          "no_path",
	Returned:        "returned",
	NotServed:       "not_served",
	Expired:         "ttl_expired",
	TooBig:          "too_big",
	PortClosed:      "port_closed",
	QueueFull:       "queue_full",
	InterfaceFailed: "interface_failed",
}

// String returns the name under which r is counted.
func (r Reason) String() string {
	if r == 0 || r >= reasons {
		return "unknown"
	}
	return reasonNames[r]
}

// answer is the ICMP error that tells the sender of a packet why it was dropped; ok is false where
// nothing is told, because it would help an attacker, or is not the sender's doing.
func (r Reason) answer() (e ipv4.Error, ok bool) {
	switch r {
	case NoRoute:
		return ipv4.NetUnreachable, true
	case NoPath:
		return ipv4.HostUnreachable, true
	case NotServed:
		return ipv4.PortUnreachable, true
	case Expired:
		return ipv4.TimeExceeded, true
	case TooBig:
		return ipv4.FragmentationNeeded, true
	default:
		return ipv4.Error{}, false
	}
}
