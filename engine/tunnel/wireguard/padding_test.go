package wireguard

import (
	"net/netip"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/memnet"
)

// changing is a port whose MTU changes.
type changing struct {
	*memnet.Port
	events chan tun.Event
	mtu    atomic.Int64
	asked  atomic.Int64
}

func (p *changing) Events() <-chan tun.Event { return p.events }

func (p *changing) MTU() (int, error) {
	p.asked.Add(1)
	return int(p.mtu.Load()), nil
}

func (p *changing) Close() error {
	close(p.events)
	return p.Port.Close()
}

// Packets are padded to blocks of 16 bytes within the MTU, also when that changes, and the port is not asked
// for it again and again.
func TestPadding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		b := newOurs(t, setup{network: network, at: atB, self: 2, peer: 1})
		p := &changing{Port: memnet.NewPort(nil), events: make(chan tun.Event)}
		p.mtu.Store(1420)
		tap := &tapped{Bind: network.Bind(atA)}
		private, _ := keys(1)
		_, public := keys(2)
		a := New(Options{PrivateKey: private, Port: p, Bind: tap})
		if err := a.Start(port); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(a.Close)
		if _, err := a.Set(PeerConfig{PublicKey: public, Allowed: everything, Endpoint: memnet.Endpoint(netip.AddrPortFrom(atB, port))}); err != nil {
			t.Fatal(err)
		}
		send := func(number uint32, want int) {
			t.Helper()
			p.Send(packet("10.1.0.1", "10.1.0.2", 100, number))
			b.hear(t, number)
			if n := len(tap.last()) - headerSize - 16; n != want {
				t.Errorf("100 bytes were padded to %d, want %d", n, want)
			}
		}
		send(1, 112)
		send(2, 112)
		p.mtu.Store(100)
		p.events <- tun.EventMTUUpdate
		synctest.Wait()
		send(3, 100)
		if n := p.asked.Load(); n != 2 {
			t.Errorf("the MTU was asked for %d times, want twice", n)
		}
	})
}
