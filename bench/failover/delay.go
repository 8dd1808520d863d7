package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"vns3/internal/lab"
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

// delayAll makes the lab's router hold every packet for a while: what comes from a machine is led
// through a TUN device, at whose other end it waits and then goes back to be forwarded.
func delayAll(s *lab.Scope, l *lab.Lab, by time.Duration) {
	var device *os.File
	var err error
	l.Router.Run(func() { device, err = openTUN(delayDevice) })
	if err != nil {
		s.Fatalf("cannot make the TUN device that delays: %v", err)
	}
	l.Router.SetUp(delayDevice, true)
	l.Router.Sysctl("ipv4/conf/all/rp_filter", "0")
	l.Router.Sysctl("ipv4/conf/"+delayDevice+"/rp_filter", "0")
	l.Router.Do("ip", "route", "add", "default", "dev", delayDevice, "table", delayTable)
	for _, m := range l.Machines {
		l.Router.Do("ip", "rule", "add", "iif", fmt.Sprint("to", m.ID), "lookup", delayTable)
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
	s.Cleanup(func() {
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
