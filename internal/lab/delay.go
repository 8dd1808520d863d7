package lab

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"vns3/internal/netns"
)

const (
	delayDevice = "delay0"
	delayTable  = "100"
	inFlight    = 1 << 14 // packets that wait at the same time; more are lost
)

// delayed is a packet that waits.
type delayed struct {
	packet []byte
	due    time.Time
}

// Delay makes the router hold every packet from a machine for a while, so that each link takes that long
// each way.
func (l *Lab) Delay(by time.Duration) {
	l.t.Helper()
	var from []string
	for _, m := range l.Machines {
		from = append(from, fmt.Sprint("to", m.ID))
	}
	delay(l.t, l.Router, by, from...)
}

// delay makes a router hold what comes from some of its interfaces: it is led through a TUN device, at
// whose other end it waits and then goes back to be forwarded.
func delay(t T, router *netns.Namespace, by time.Duration, from ...string) {
	t.Helper()
	var device *os.File
	var err error
	router.Run(func() { device, err = openTUN(delayDevice) })
	if err != nil {
		t.Fatalf("cannot make the TUN device that delays: %v", err)
	}
	router.SetUp(delayDevice, true)
	router.Do("ip", "route", "add", "default", "dev", delayDevice, "table", delayTable)
	for _, name := range append([]string{"all", delayDevice}, from...) {
		router.Sysctl("ipv4/conf/"+name+"/rp_filter", "0") // packets come back by another interface
	}
	for _, name := range from {
		router.Do("ip", "rule", "add", "iif", name, "lookup", delayTable)
	}
	queue := make(chan delayed, inFlight)
	var running sync.WaitGroup
	running.Go(func() {
		defer close(queue)
		buf := make([]byte, 1<<16)
		for {
			n, err := device.Read(buf)
			if errors.Is(err, os.ErrClosed) {
				return
			}
			if err != nil {
				continue
			}
			select {
			case queue <- delayed{append([]byte(nil), buf[:n]...), time.Now().Add(by)}:
			default:
			}
		}
	})
	running.Go(func() {
		for d := range queue {
			time.Sleep(time.Until(d.due))
			_, _ = device.Write(d.packet) // what the kernel does not take is lost
		}
	})
	t.Cleanup(func() {
		device.Close()
		running.Wait()
	})
}

// openTUN makes a TUN device without offloads: the kernel hands over plain packets.
func openTUN(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err == nil {
		request.SetUint16(unix.IFF_TUN | unix.IFF_NO_PI)
		err = unix.IoctlIfreq(fd, unix.TUNSETIFF, request)
	}
	if err != nil {
		unix.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}
