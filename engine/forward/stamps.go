package forward

import (
	"net/netip"
	"sync/atomic"
)

// clientStamps holds a time for each client server that was ever heard here: a tree over the four bytes
// of its address, which grows and is read without a lock. It has as many leaves as the overlay has
// blocks of 256 addresses.
type clientStamps struct {
	root [256]atomic.Pointer[stampsUnder16]
}

type (
	stampsUnder16 struct {
		next [256]atomic.Pointer[stampsUnder8]
	}
	stampsUnder8 struct {
		next [256]atomic.Pointer[stampBlock]
	}
	stampBlock struct {
		stamps [256]atomic.Int64
	}
)

// of returns the stamp of an address; a new one is 0.
func (c *clientStamps) of(addr uint32) *atomic.Int64 {
	under16 := grown(&c.root[addr>>24])
	under8 := grown(&under16.next[addr>>16&0xff])
	block := grown(&under8.next[addr>>8&0xff])
	return &block.stamps[addr&0xff]
}

// find returns the stamp of an address; nil if addr is no IPv4 address.
func (c *clientStamps) find(addr netip.Addr) *atomic.Int64 {
	if !addr.Is4() {
		return nil
	}
	return c.of(number(addr))
}

// grown returns what p points to, after making it if it was nil.
func grown[T any](p *atomic.Pointer[T]) *T {
	if have := p.Load(); have != nil {
		return have
	}
	p.CompareAndSwap(nil, new(T))
	return p.Load()
}
