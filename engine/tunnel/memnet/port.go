package memnet

import (
	"bytes"
	"os"
	"sync"

	"golang.zx2c4.com/wireguard/tun"
)

// Port is a tun.Device in memory: what is put into it the device sends, and what the device receives
// is passed to a function.
type Port struct {
	receive func(packet []byte)
	send    chan []byte
	events  chan tun.Event
	closed  chan struct{}
	once    sync.Once
}

var _ tun.Device = (*Port)(nil)

// NewPort returns a port. receive runs on the device's goroutine and must not keep the packet.
func NewPort(receive func(packet []byte)) *Port {
	return &Port{receive: receive, send: make(chan []byte, waiting), events: make(chan tun.Event), closed: make(chan struct{})}
}

// Send gives the device an IP packet to send.
func (p *Port) Send(packet []byte) { p.send <- bytes.Clone(packet) }

// Read gives the device what was sent.
func (p *Port) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	select {
	case packet := <-p.send:
		sizes[0] = copy(bufs[0][offset:], packet)
		return 1, nil
	case <-p.closed:
		return 0, os.ErrClosed
	}
}

// Write passes on what the device received.
func (p *Port) Write(bufs [][]byte, offset int) (int, error) {
	for _, b := range bufs {
		p.receive(b[offset:])
	}
	return len(bufs), nil
}

// Close ends reading.
func (p *Port) Close() error {
	p.once.Do(func() {
		close(p.closed)
		close(p.events)
	})
	return nil
}

// Events never tells anything; it is closed with the port.
func (p *Port) Events() <-chan tun.Event { return p.events }

// File returns nil.
func (p *Port) File() *os.File { return nil }

// MTU returns 1420.
func (p *Port) MTU() (int, error) { return 1420, nil }

// Name returns a name.
func (p *Port) Name() (string, error) { return "memory", nil }

// BatchSize returns 1.
func (p *Port) BatchSize() int { return 1 }
