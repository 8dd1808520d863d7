package udp

import (
	"fmt"
	"net/netip"
	"testing"

	"golang.zx2c4.com/wireguard/conn"

	"vns3/internal/netns"
)

// BenchmarkBatch sends batches to the bind's own port and receives them, with the stock bind and ours.
func BenchmarkBatch(b *testing.B) {
	for _, size := range []int{96, 1452} {
		for _, kind := range []string{"stock", "ours"} {
			b.Run(fmt.Sprintf("%s/%d", kind, size), func(b *testing.B) {
				n := netns.New(b)
				bind := conn.NewStdNetBind()
				if kind == "ours" {
					bind, _ = New(Options{})
				}
				var fns []conn.ReceiveFunc
				var port uint16
				var err error
				n.Run(func() { fns, port, err = bind.Open(0) })
				if err != nil {
					b.Fatal(err)
				}
				defer bind.Close()
				ep, err := bind.ParseEndpoint(netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port).String())
				if err != nil {
					b.Fatal(err)
				}
				packets, into := make([][]byte, batchSize), make([][]byte, batchSize)
				for i := range packets {
					packets[i], into[i] = make([]byte, size, 1<<16-1), make([]byte, 1<<16-1)
				}
				sizes, eps := make([]int, batchSize), make([]conn.Endpoint, batchSize)
				b.SetBytes(int64(size * batchSize))
				b.ReportAllocs()
				for b.Loop() {
					if err := bind.Send(packets, ep); err != nil {
						b.Fatal(err)
					}
					for got := 0; got < batchSize; {
						n, err := fns[0](into, sizes, eps)
						if err != nil {
							b.Fatal(err)
						}
						got += n
					}
					for i := range packets {
						packets[i] = packets[i][:size] // the stock bind lengthens what it coalesces into
					}
				}
			})
		}
	}
}
