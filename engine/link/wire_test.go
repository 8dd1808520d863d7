package link

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

func sample() Heartbeat {
	return Heartbeat{
		Sequence: 7, Discriminator: 8, Receiver: 9, Hears: true, Silent: true, Goodbye: true, Draining: true,
		Sent: time.Hour, Echo: time.Minute, EchoWaited: 3 * time.Millisecond, Interval: 50 * time.Millisecond,
		Loss: 0.1234, Wall: time.Unix(1, 2), Bad: Bitmap(0).With(3).With(9), Elder: 5, Roots: [RootCount]uint64{1, 2, 3, 4},
	}
}

// TestHeartbeatWire proves that a heartbeat survives the wire, also with a tail of a later version,
// and that less or another version is refused.
func TestHeartbeatWire(t *testing.T) {
	want := sample()
	b := want.append(nil)
	for _, packet := range [][]byte{b, append(b[:len(b):len(b)], 1, 2, 3)} {
		if got, err := decodeHeartbeat(packet); err != nil || got != want {
			t.Errorf("got %+v, %v\nwant %+v", got, err, want)
		}
	}
	m := newPair(t, DefaultConfig()).a
	for n := range b {
		if err := m.Receive(b[:n], zero); !errors.Is(err, ErrShort) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	other := append([]byte{}, b...)
	other[1] = 2
	if err := m.Receive(other, zero); !errors.Is(err, ErrVersion) {
		t.Errorf("version 2: %v", err)
	}
	if err := m.Receive([]byte{9, version}, zero); !errors.Is(err, ErrType) {
		t.Errorf("type 9: %v", err)
	}
}

// FuzzReceive proves that no packet panics, stops the machine, or makes it ask to be run at once for
// ever.
func FuzzReceive(f *testing.F) {
	h := sample()
	f.Add(h.append(nil))
	f.Add(echo{1, 2}.append(nil, typeEcho))
	f.Add(echo{1, 2}.append(nil, typeEchoAnswer))
	f.Add(probe{1400, 1}.append(nil))
	f.Add(probe{1400, 1}.appendAnswer(nil))
	f.Fuzz(func(t *testing.T, packet []byte) {
		m := New(Options{
			Self: 1, Peer: 2, Config: DefaultConfig(), Discriminator: 9, Started: zero,
			Rand: rand.New(rand.NewPCG(1, 1)), Wall: func(now time.Time) time.Time { return now },
		}, zero)
		m.Session(zero.Add(time.Second), zero)
		now := zero.Add(time.Second)
		for range 3 {
			_ = m.Receive(packet, now)
			for range 100 {
				m.RunDue(Own{}, now)
				if next := m.NextDeadline(); next.After(now) {
					now = next
					break
				}
			}
			if !m.NextDeadline().After(now.Add(-time.Nanosecond)) {
				t.Fatalf("the deadline %v stays in the past", m.NextDeadline())
			}
		}
	})
}
