package mesh

import (
	"fmt"
	"time"

	"vns3/engine/link"
)

// Receive takes the payload of a control packet that came through the tunnel of a peer. An error is
// worth counting, nothing else: the core is as before.
func (c *Core) Receive(peer int, packet []byte, now time.Time) error {
	if c.stopped {
		return nil
	}
	if !validID(peer) || c.neighbors[peer] == nil {
		return fmt.Errorf("packet from controller %d: %w", peer, ErrNoPeer)
	}
	n := c.neighbors[peer]
	err := c.dispatch(n, packet, now)
	c.finish(now)
	return err
}

func (c *Core) dispatch(n *neighbor, packet []byte, now time.Time) error {
	switch {
	case len(packet) < 2:
		return fmt.Errorf("packet of %d bytes: %w", len(packet), ErrShort)
	case packet[0] < link.FirstForeignType:
		return c.receiveLink(n, packet, now)
	case packet[1] != version:
		return fmt.Errorf("version %d: %w", packet[1], ErrVersion)
	}
	r := &reader{b: packet[2:]}
	switch packet[0] {
	case typeItems:
		return eachItem(r, func(kind Kind, body []byte) error { return c.take(kind, body, n, now) })
	case typeHashes:
		h, err := decodeHashes(r)
		if err == nil {
			c.compare(n, &h, now)
		}
		return err
	case typeWant:
		w, err := decodeWant(r)
		if err == nil {
			c.supply(n, w, now)
		}
		return err
	case typeDone:
		k := Kind(r.u8())
		if err := checkKind(r, k); err != nil {
			return err
		}
		n.levels[k].met = true
		return nil
	case typeGrantRequest, typeGrantAnswer:
		g, err := decodeGrant(r)
		if err == nil {
			c.takeGrant(n, packet[0], g, now)
		}
		return err
	}
	return fmt.Errorf("type %d: %w", packet[0], ErrType)
}

// receiveLink takes a packet of the link and what a heartbeat says for the mesh.
func (c *Core) receiveLink(n *neighbor, packet []byte, now time.Time) error {
	before := n.link.Heard().Sequence
	if err := n.link.Receive(packet, now); err != nil {
		return fmt.Errorf("from controller %d: %w", n.id, err)
	}
	c.drain(n, now)
	if c.neighbors[n.id] != n || n.link.Heard().Sequence == before {
		return nil
	}
	if n.setBad(n.link.Heard().Bad, now) {
		c.routesStale = true
	}
	c.compareRoots(n, now)
	return nil
}
