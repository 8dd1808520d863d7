//go:build linux

package main

import (
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// chunk is what one call writes or reads, in bytes.
const chunk = 128 << 10

// flow is a pair of machines between which TCP streams go.
type flow struct {
	from, to *machine
	streams  int
}

// pour sends as much as goes over all flows at once for the given time, after a start that is not
// counted; begin is called after it. It returns how many bytes arrived.
func pour(b *bed, flows []flow, during time.Duration, begin func()) (bytes uint64, err error) {
	var got atomic.Uint64
	var conns []net.Conn
	var running sync.WaitGroup
	defer running.Wait()
	defer func() {
		for _, c := range conns {
			c.Close()
		}
	}()
	for _, f := range flows {
		for range f.streams {
			out, in, err := connectTCP(f)
			if err != nil {
				return 0, err
			}
			conns = append(conns, out, in)
			running.Go(func() { // its error is the end of the load
				buf := make([]byte, chunk)
				for err := error(nil); err == nil; {
					_, err = out.Write(buf)
				}
			})
			running.Go(func() {
				buf := make([]byte, chunk)
				for {
					n, err := in.Read(buf)
					got.Add(uint64(n))
					if err != nil {
						return
					}
				}
			})
		}
	}
	settle(during)
	begin()
	before, began := got.Load(), time.Now()
	<-time.After(during)
	bytes = got.Load() - before
	// What is told is for the time that was asked for, though the machine may have been late.
	return uint64(float64(bytes) * float64(during) / float64(time.Since(began))), nil
}

// settle waits until a load has found its rate.
func settle(during time.Duration) { <-time.After(min(during/4, time.Second)) }

// dialTimeout is long enough for some lost packets.
const dialTimeout = 15 * time.Second

func connectTCP(f flow) (out, in net.Conn, err error) {
	var listener net.Listener
	f.to.Run(func() { listener, err = net.Listen("tcp", net.JoinHostPort(f.to.overlay.String(), "0")) })
	if err != nil {
		return nil, nil, err
	}
	defer listener.Close()
	dialer := net.Dialer{Timeout: dialTimeout, FallbackDelay: -1} // no goroutine of its own: it would be elsewhere
	f.from.Run(func() { out, err = dialer.Dial("tcp4", listener.Addr().String()) })
	if err == nil {
		in, err = listener.Accept()
	}
	if err != nil {
		return nil, nil, fmt.Errorf("no TCP connection: %w", err)
	}
	// Where the load ends nothing waits for what is under way.
	out.(*net.TCPConn).SetLinger(0)
	return out, in, nil
}
