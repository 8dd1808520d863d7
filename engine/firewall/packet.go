package firewall

import "net/netip"

// Packet is what a rule sees of a packet. What is zero is not known.
type Packet struct {
	Leaves    bool   // this host sends it; else it comes to this host
	Answers   bool   // it belongs to a conversation that goes on; else it begins one
	Protocol  string // "udp" or "tcp"
	From, To  netip.Addr
	FromPort  int
	Port      int    // it goes to
	Interface string // it comes by, or leaves by
}

// family is nftables' name for the packet's; IPv4 where no address is known.
func (p Packet) family() string {
	if a := p.other(); a.Is6() && !a.Is4In6() {
		return "ip6"
	}
	return "ip"
}

// other is the far end's address.
func (p Packet) other() netip.Addr {
	if p.Leaves {
		return p.To
	}
	return p.From
}

// tri is yes, no or maybe.
type tri int

const (
	no tri = iota
	maybe
	yes
)

func (a tri) and(b tri) tri { return min(a, b) }
func (a tri) or(b tri) tri  { return max(a, b) }
func (a tri) not() tri      { return yes - a }

func truth(is bool) tri {
	if is {
		return yes
	}
	return no
}

// fact is a property of the packet that a rule asks for.
type fact struct {
	absent bool   // the packet has no such thing: no match applies
	value  any    // netip.Addr, float64 or string; nil: not known
	never  string // what it is not, although it is not known
}

func address(a netip.Addr) fact {
	if !a.IsValid() {
		return fact{}
	}
	return fact{value: a.Unmap()}
}

func number(n int) fact {
	if n == 0 {
		return fact{}
	}
	return fact{value: float64(n)}
}

func name(s string) fact {
	if s == "" {
		return fact{}
	}
	return fact{value: s}
}

// look is what the packet has for the left side of a match.
func (p Packet) look(left any) fact {
	kind, body := onlyOf(left)
	about, _ := body.(map[string]any)
	text := func(key string) string { s, _ := about[key].(string); return s }
	switch kind {
	case "payload":
		return p.header(text("protocol"), text("field"))
	case "meta":
		return p.meta(text("key"))
	case "ct":
		switch text("key") {
		case "state":
			if p.Answers {
				return fact{value: "established"}
			}
			return fact{value: "new"}
		case "status":
			return fact{value: "none"} // nothing was translated
		}
	case "fib":
		if flags, _ := about["flags"].([]any); !p.Leaves && text("result") == "type" && len(flags) == 1 && flags[0] == "daddr" {
			return fact{value: "local"}
		}
	}
	return fact{}
}

// header is a field of the packet's headers.
func (p Packet) header(protocol, field string) fact {
	switch protocol {
	case "ip", "ip6":
		if protocol != p.family() {
			return fact{absent: true}
		}
		switch field {
		case "saddr":
			return address(p.From)
		case "daddr":
			return address(p.To)
		case "protocol", "nexthdr":
			return name(p.Protocol)
		}
	case "udp", "tcp", "th":
		if protocol != "th" && protocol != p.Protocol {
			return fact{absent: true}
		}
		switch field {
		case "sport":
			return number(p.FromPort)
		case "dport":
			return number(p.Port)
		}
	case "icmp", "icmpv6", "sctp", "dccp", "igmp", "esp", "ah":
		return fact{absent: true}
	}
	return fact{}
}

func (p Packet) meta(key string) fact {
	switch key {
	case "l4proto":
		return name(p.Protocol)
	case "nfproto":
		return fact{value: map[string]string{"ip": "ipv4", "ip6": "ipv6"}[p.family()]}
	case "protocol":
		return fact{value: p.family()}
	case "iif", "iifname":
		return p.way(!p.Leaves)
	case "oif", "oifname":
		return p.way(p.Leaves)
	case "pkttype":
		return fact{value: "host"}
	}
	return fact{}
}

func (p Packet) way(has bool) fact {
	if !has {
		return fact{absent: true}
	}
	if p.Interface == "" {
		return fact{never: "lo"}
	}
	return name(p.Interface)
}
