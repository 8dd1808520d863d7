package api

import (
	"testing"

	"vns3/status"
	"vns3/status/statustest"
)

// One line of the stream: three controllers, and a mesh with a thousand clients.
func BenchmarkStreamLine(b *testing.B) {
	crowd := *statustest.Crowd()
	for len(crowd.Clients) < 1000 {
		crowd.Clients = append(crowd.Clients, crowd.Clients...)
	}
	crowd.Clients = crowd.Clients[:1000]
	for name, snap := range map[string]*status.Snapshot{"three": statustest.Three(), "1000 clients": &crowd} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				b.SetBytes(int64(len(encode(snap))))
			}
		})
	}
}
