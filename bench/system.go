//go:build linux

package main

import (
	"fmt"
	"net/netip"
	"slices"
)

// system is a program that carries packets between the ends of a bed. To add one, write its two
// functions in a file of its own and put it into systems.
type system struct {
	name string
	// lacks says why the system cannot be run in a shape; empty: it can.
	lacks func(shape) string
	// version says which version it is; nil: it goes without saying.
	version func() string
	// run starts the system on a bed and sets the overlay addresses of the ends. It need not wait
	// until they reach each other.
	run func(*bed)
}

// systems are compared in this order. The ratios are those of the first to each other; veth is the limit.
var systems = []system{vns3, wireguardGo, nebula, openVPN, tinc, veth}

func anywhere(shape) string { return "" }

// veth is the underlay alone, routed where there is something in between.
var veth = system{
	name:  "veth",
	lacks: anywhere,
	run: func(b *bed) {
		for i, m := range b.machines {
			m.Forward()
			m.overlay = netip.MustParseAddr(m.address())
			if b.shape == meshOfNine {
				continue
			}
			for j := range len(b.machines) - 1 { // the networks that it does not touch
				switch network := fmt.Sprintf("10.%d.0.0/24", j+1); {
				case j+1 < i:
					m.Route(network, b.machines[i-1].right)
				case j > i:
					m.Route(network, b.machines[i+1].left)
				}
			}
		}
	},
}

// overlayAddress is the address of the i-th machine where a system has no rule of its own.
func overlayAddress(i int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 77, 0, byte(i + 1)}), 24)
}

// named returns the systems with the names, in the order of systems.
func named(names []string) ([]system, error) {
	var chosen []system
	for _, s := range systems {
		if slices.Contains(names, s.name) {
			chosen = append(chosen, s)
		}
	}
	for _, n := range names {
		if n != "" && !slices.ContainsFunc(systems, func(s system) bool { return s.name == n }) {
			return nil, fmt.Errorf("no program %q is known here", n)
		}
	}
	return chosen, nil
}

// addressOf is the address in "10.0.0.1/24".
func addressOf(prefix string) netip.Addr { return netip.MustParsePrefix(prefix).Addr() }
