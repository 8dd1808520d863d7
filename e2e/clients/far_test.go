//go:build linux

package clients

import (
	"testing"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/internal/lab"
	"vns3/internal/netns"
)

// newClientFar is newClient so far away that a round trip takes rtt: a box in between leads each packet
// through a device of its own, behind which a goroutine holds it for half of that.
func newClientFar(t *testing.T, l *lab.Lab, n int, rtt time.Duration) *client {
	t.Helper()
	c, box := newClientBeyond(t, l, n)
	delay(t, box, rtt/2)
	return c
}

// delayed is a packet and when it goes on.
type delayed struct {
	packet []byte
	due    time.Time
}

// delay holds every packet that passes a box.
func delay(t *testing.T, box *netns.Namespace, d time.Duration) {
	t.Helper()
	var dev tun.Device
	var err error
	box.Run(func() { dev, err = tun.CreateTUN("delay", 1500) })
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"all", "delay", "eth0", "inside"} {
		box.Sysctl("ipv4/conf/"+name+"/rp_filter", "0") // packets come back by another interface
	}
	box.Do("ip", "link", "set", "delay", "up")
	box.Do("ip", "route", "add", "default", "dev", "delay", "table", "77")
	for _, from := range []string{"eth0", "inside"} {
		box.Do("ip", "rule", "add", "iif", from, "table", "77")
	}
	waiting := make(chan delayed, 1<<14)
	readerDone, writerDone := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(readerDone)
		defer close(waiting)
		const offset = 16
		bufs, sizes := make([][]byte, dev.BatchSize()), make([]int, dev.BatchSize())
		for i := range bufs {
			bufs[i] = make([]byte, offset+1<<16)
		}
		for {
			n, err := dev.Read(bufs, sizes, offset)
			if err != nil {
				return
			}
			due := time.Now().Add(d)
			for i := range n {
				waiting <- delayed{append(make([]byte, offset), bufs[i][offset:offset+sizes[i]]...), due}
			}
		}
	}()
	go func() {
		defer close(writerDone)
		for p := range waiting {
			time.Sleep(time.Until(p.due))
			dev.Write([][]byte{p.packet}, 16) // fails only while the test ends
		}
	}()
	t.Cleanup(func() {
		dev.Close()
		<-readerDone
		<-writerDone
	})
}
