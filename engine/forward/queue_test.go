package forward

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

// A queue gives back what was put in, in order, and refuses only what truly has no room.
func TestQueue(t *testing.T) {
	const packets, size = 16, 1000
	r := rand.New(rand.NewPCG(6, 6))
	q := newQueue(packets, size)
	var model [][]byte
	held := 0
	for step := range 100000 {
		if r.IntN(2) == 0 {
			packet := make([]byte, 1+r.IntN(300))
			packet[0], packet[len(packet)-1] = byte(step), byte(step>>8)
			out := q.push(len(packet))
			if out == nil {
				// At most the piece that is too short for it at the end, and its own length, are free.
				if len(model) < packets && held+2*len(packet) < size-300 {
					t.Fatalf("step %d: refused %d bytes beside %d in %d packets", step, len(packet), held, len(model))
				}
				continue
			}
			copy(out, packet)
			model = append(model, packet)
			held += len(packet)
		} else if len(model) > 0 {
			if got := q.pop(); !bytes.Equal(got, model[0]) {
				t.Fatalf("step %d: got another packet than was put in", step)
			}
			held -= len(model[0])
			model = model[1:]
		}
		if q.count != len(model) {
			t.Fatalf("step %d: holds %d packets, not %d", step, q.count, len(model))
		}
	}
}
