package wireguard

import (
	"net/netip"
	"slices"
)

// network is a prefix that leads to a peer.
type network struct {
	prefix netip.Prefix
	peer   *Peer
}

// allow replaces what is allowed to a peer. It needs d.mu.
func (d *Device) allow(p *Peer, prefixes []netip.Prefix) {
	for _, prefix := range p.allowed {
		if d.hosts[prefix.Addr()] == p {
			delete(d.hosts, prefix.Addr())
		}
	}
	d.nets = slices.DeleteFunc(d.nets, func(n network) bool {
		return n.peer == p || slices.ContainsFunc(prefixes, func(taken netip.Prefix) bool { return taken.Masked() == n.prefix })
	})
	p.allowed = prefixes
	for _, prefix := range prefixes {
		if prefix = prefix.Masked(); prefix.IsSingleIP() {
			d.hosts[prefix.Addr()] = p
		} else {
			d.nets = append(d.nets, network{prefix, p})
		}
	}
}

// peerAt returns the peer to which an address leads, or from which it may come.
func (d *Device) peerAt(addr netip.Addr) *Peer {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if p := d.hosts[addr]; p != nil {
		return p
	}
	var best *Peer
	bits := -1
	for _, n := range d.nets {
		if n.prefix.Bits() > bits && n.prefix.Contains(addr) {
			best, bits = n.peer, n.prefix.Bits()
		}
	}
	return best
}
