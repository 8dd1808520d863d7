//go:build linux

package main

import (
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"time"
)

// roundTrips is how many are timed at most.
const roundTrips = 2000

// roundTripTimes sends one small datagram after the other to an echo at the other end, on an idle
// system, and returns the median and the 99th percentile.
func roundTripTimes(b *bed, during time.Duration) (p50, p99 time.Duration, err error) {
	from, to := b.ends()
	echo := listenUDP(b, to)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buf := make([]byte, 64)
		for {
			n, sender, err := echo.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			_, _ = echo.WriteToUDPAddrPort(buf[:n], sender) // a lost one is not timed
		}
	}()
	defer func() { echo.Close(); <-done }()
	var conn *net.UDPConn
	from.Run(func() { conn, err = net.DialUDP("udp4", nil, echo.LocalAddr().(*net.UDPAddr)) })
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()

	var times []time.Duration
	buf := make([]byte, 64)
	for end, number := time.Now().Add(during), uint64(1); len(times) < roundTrips && time.Now().Before(end); number++ {
		began := time.Now()
		binary.BigEndian.PutUint64(buf, number)
		if _, err := conn.Write(buf); err != nil {
			continue
		}
		conn.SetReadDeadline(began.Add(time.Second))
		for {
			if _, err := conn.Read(buf); err != nil {
				break
			}
			if binary.BigEndian.Uint64(buf) == number {
				times = append(times, time.Since(began))
				break
			}
		}
	}
	if len(times) == 0 {
		return 0, 0, errors.New("no round trip was completed")
	}
	slices.Sort(times)
	return times[len(times)/2], times[len(times)*99/100], nil
}
