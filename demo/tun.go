package demo

import (
	"os"
	"sync"

	"golang.zx2c4.com/wireguard/tun"
)

// memoryTun is the network interface of a client server, in memory: it needs no privilege.
type memoryTun struct {
	receive func(packet []byte) // what comes out of the tunnel; must not keep the packet
	send    chan []byte
	events  chan tun.Event
	closed  chan struct{}
	once    sync.Once
}

// tunWaiting is how many packets wait for the device; more are lost, as on a real interface.
const tunWaiting = 64

func newMemoryTun(receive func([]byte)) *memoryTun {
	return &memoryTun{receive: receive, send: make(chan []byte, tunWaiting), events: make(chan tun.Event), closed: make(chan struct{})}
}

// put sends a packet into the tunnel. It never waits.
func (t *memoryTun) put(packet []byte) {
	select {
	case t.send <- packet:
	default:
	}
}

// Read gives the device what was put in.
func (t *memoryTun) Read(packets [][]byte, sizes []int, offset int) (int, error) {
	select {
	case packet := <-t.send:
		sizes[0] = copy(packets[0][offset:], packet)
		return 1, nil
	case <-t.closed:
		return 0, os.ErrClosed
	}
}

// Write passes on what came out of the tunnel.
func (t *memoryTun) Write(packets [][]byte, offset int) (int, error) {
	for _, p := range packets {
		t.receive(p[offset:])
	}
	return len(packets), nil
}

// Close ends reading.
func (t *memoryTun) Close() error {
	t.once.Do(func() {
		close(t.closed)
		close(t.events)
	})
	return nil
}

// Events never tells anything; it is closed with the interface.
func (t *memoryTun) Events() <-chan tun.Event { return t.events }

// File returns nil.
func (t *memoryTun) File() *os.File { return nil }

// MTU returns 1420.
func (t *memoryTun) MTU() (int, error) { return 1420, nil }

// Name returns a name.
func (t *memoryTun) Name() (string, error) { return "demo", nil }

// BatchSize returns 1.
func (t *memoryTun) BatchSize() int { return 1 }
