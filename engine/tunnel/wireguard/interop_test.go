package wireguard

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"vns3/engine/tunnel/memnet"
)

// Our device and wireguard-go's understand each other, whoever begins, with and without a preshared key:
// packets of all lengths, IPv4 and IPv6, arrive whole, in order and without their padding.
func TestInterop(t *testing.T) {
	for _, weBegin := range []bool{true, false} {
		for _, psk := range [][32]byte{{}, {7}} {
			t.Run(fmt.Sprintf("we begin %v, preshared key %v", weBegin, psk != [32]byte{}), func(t *testing.T) {
				network := memnet.New(1)
				us := newOurs(t, setup{network: network, at: atA, to: atB, self: 1, peer: 2, psk: psk})
				them := newTheirs(t, setup{network: network, at: atB, to: atA, self: 2, peer: 1, psk: psk})
				from, to := us.end, them
				if !weBegin {
					from, to = them, us.end
				}
				for range 2 {
					for length := 24; length <= 1420; length += 7 {
						exchange(t, from, to, packet("10.1.0.1", "10.1.0.2", length, uint32(length)))
						exchange(t, to, from, packet("fd00::1", "fd00::2", length+20, uint32(length)))
					}
					from, to = to, from
				}
				if tx, rx := us.peer.Traffic(); tx == 0 || rx == 0 || us.peer.LastHandshake().IsZero() || !us.peer.Connected() {
					t.Errorf("sent %d, received %d, last handshake %v", tx, rx, us.peer.LastHandshake())
				}
			})
		}
	}
}

func exchange(t *testing.T, from, to *end, p []byte) {
	t.Helper()
	from.port.Send(p)
	select {
	case got := <-to.received:
		if !bytes.Equal(got, p) {
			t.Fatalf("of %d bytes came %d, or others", len(p), len(got))
		}
	case <-time.After(time.Minute):
		t.Fatalf("%d bytes did not come", len(p))
	}
}

// With wireguard-go keys are renewed every two minutes, whoever began, and no packet is lost or late.
func TestInteropRekeys(t *testing.T) {
	for _, weBegin := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			network := memnet.New(1)
			network.SetBoth(atA, atB, memnet.Path{Delay: 20 * time.Millisecond})
			sessions := 0
			us := newOurs(t, setup{network: network, at: atA, to: atB, self: 1, peer: 2, options: Options{
				Session: func(*Peer, time.Time) { sessions++ },
			}})
			them := newTheirs(t, setup{network: network, at: atB, to: atA, self: 2, peer: 1})
			first, second := us.end, them
			if !weBegin {
				first, second = them, us.end
			}
			for n := range uint32(3600) {
				first.say(n)
				second.hear(t, n)
				second.say(n)
				first.hear(t, n)
				time.Sleep(time.Second)
			}
			if sessions < 28 || sessions > 33 {
				t.Errorf("%d sessions in an hour, want about 30", sessions)
			}
		})
	}
}

// A wrong preshared key, or a key that the other end does not know, makes no session with anybody.
func TestStrangers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New(1)
		us := newOurs(t, setup{network: network, at: atA, self: 1, peer: 2, psk: [32]byte{7}})
		wrong := newTheirs(t, setup{network: network, at: atB, to: atA, self: 2, peer: 1, psk: [32]byte{8}})
		wrong.say(1)
		time.Sleep(time.Minute)
		us.silent(t)
		unknown := newTheirs(t, setup{network: network, at: netip.MustParseAddr("10.0.0.3"), to: atA, self: 3, peer: 1, psk: [32]byte{7}})
		unknown.say(1)
		time.Sleep(time.Minute)
		us.silent(t)
		if us.peer.Connected() || !us.peer.LastHandshake().IsZero() {
			t.Error("there is a session")
		}
	})
}
