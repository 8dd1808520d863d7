package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// steadiness is what a mesh did while one of its links lost packets at random.
type steadiness struct {
	suspected, given int // how often an end of the link suspected it, or gave it up
	reroutes         int // how often the path of the stream changed
	sent, lost       int // packets of the stream
	took             time.Duration
}

// loseFor drops a share of the packets of the direct link, in both directions, for a while.
func loseFor(s *lab.Scope, percent int, during, delay time.Duration) (done steadiness) {
	l := lab.New(s, 3)
	if delay > 0 {
		l.Delay(delay)
	}
	l.Mesh()
	ends := []*lab.Machine{l.Of(1), l.Of(2)}
	var seen [2]uint64
	for i, m := range ends {
		seen[i] = m.Until(20*time.Second, "all is direct and calm", lab.Calm).EventSeq
	}
	st := lab.StartStream(s, ends[0].Spot(), ends[1].Spot())
	match := fmt.Sprintf("numgen random mod 100 < %d", percent)
	l.Drop(lab.Rule{From: 1, To: 2, Match: match}, lab.Rule{From: 2, To: 1, Match: match})

	began, path := time.Now(), ""
	ends[0].Watch(during, func(snap *status.Snapshot) {
		if now := fmt.Sprint(lab.Peer(snap, 2).Path); now != path {
			if path != "" {
				done.reroutes++
			}
			path = now
		}
	})
	done.took = time.Since(began)
	for i, m := range ends {
		all, err := m.Backend().Events(context.Background(), seen[i])
		if err != nil {
			s.Fatal(err)
		}
		for _, e := range all {
			switch {
			case e.Peer != ends[1-i].ID:
			case e.Code == "link.suspect":
				done.suspected++
			case e.Code == "link.down":
				done.given++
			}
		}
	}
	done.sent, done.lost = int(st.Now()), st.Since(0, time.Second).Lost
	return done
}

func (d steadiness) write(out io.Writer, percent int) {
	fmt.Fprintf(out, "%d %% random loss on the direct link, both ways, for %v\n", percent, d.took.Round(time.Second))
	fmt.Fprintf(out, "  reroutes of the stream   %d\n  link suspected           %d\n  link given up            %d\n", d.reroutes, d.suspected, d.given)
	fmt.Fprintf(out, "  packets of the stream    %d sent, %d lost (%.1f %%)\n", d.sent, d.lost, 100*float64(d.lost)/float64(max(d.sent, 1)))
}
