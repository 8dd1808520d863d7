package main

import (
	"context"
	"time"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/tuitest"
)

// playing is the console over nine controllers whose figures change with each snapshot.
func playing(every time.Duration) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	moments := make([]*status.Snapshot, 32) // made before, so that the flood costs next to nothing
	for i := range moments {
		s := statustest.Nine()
		s.At = s.At.Add(time.Duration(i) * time.Second)
		for j := range s.Peers {
			s.Peers[j].RTTms += float64((i*7+j)%10) / 10
		}
		moments[i] = s
	}
	b := tuitest.NewBackend(moments[0])
	go func() {
		tick := time.NewTicker(every)
		defer tick.Stop()
		for i := 1; ; i++ {
			select {
			case <-tick.C:
				b.Publish(moments[i%len(moments)])
			case <-ctx.Done():
				return
			}
		}
	}()
	return tui.Run(ctx, tui.Options{Backend: b})
}
