//go:build linux

package main

import (
	"encoding/binary"
	"math"
	"net"
	"slices"
	"testing"
	"time"

	"vns3/status"
)

// TestReceive proves that what comes twice and what comes late is told apart from what comes in order.
func TestReceive(t *testing.T) {
	in, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := net.DialUDP("udp4", nil, in.LocalAddr().(*net.UDPAddr))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	for _, n := range []uint64{1, 2, 4, 3, 4, 200} {
		if _, err := out.Write(binary.BigEndian.AppendUint64(nil, n)); err != nil {
			t.Fatal(err)
		}
	}
	d := delivery{sent: 10, during: 2 * time.Second}
	in.SetReadDeadline(time.Now().Add(time.Second))
	d.receive(in)
	if d.got != 5 || d.late != 1 || d.twice != 1 {
		t.Errorf("got %d, late %d, twice %d; want 5, 1, 1", d.got, d.late, d.twice)
	}
	if d.rate() != 2.5 || d.loss() != 0.5 {
		t.Errorf("rate %v, loss %v; want 2.5, 0.5", d.rate(), d.loss())
	}
	if (delivery{}).loss() != 1 {
		t.Error("who sends nothing loses nothing")
	}
}

// TestSearch proves that the search finds the highest rate that is carried, and forgives one bad moment.
func TestSearch(t *testing.T) {
	const limit = 70_000
	tries := 0
	got := searchRate(200_000, func(rate float64) bool {
		tries++
		return rate <= limit && tries != 1
	})
	if math.Abs(got-limit) > 200_000/math.Pow(2, searchSteps) {
		t.Errorf("found %.0f, want about %d", got, limit)
	}
	if got := searchRate(200_000, func(float64) bool { return false }); got != 0 {
		t.Errorf("nothing is carried, and yet %.0f", got)
	}
}

// TestPerPacket proves that the figures of one benchmark are read, and no other's.
func TestPerPacket(t *testing.T) {
	const printed = `goos: linux
BenchmarkForward/64-2         	   22222	     53000 ns/op	        99.50 ns/packet	       0 B/op
BenchmarkForward/1300-2       	   22222	     53000 ns/op	       140.0 ns/packet	       0 B/op
BenchmarkForwardDuringChanges-2   22222	     53000 ns/op	        81.00 ns/packet	       0 B/op
BenchmarkForward/64-2         	   22222	     53000 ns/op	        98.00 ns/packet	       0 B/op
PASS`
	if got := perPacket(printed, "BenchmarkForward/64"); !slices.Equal(got, []float64{99.5, 98}) {
		t.Errorf("alone %v", got)
	}
	if got := perPacket(printed, "BenchmarkForwardDuringChanges"); !slices.Equal(got, []float64{81}) {
		t.Errorf("changing %v", got)
	}
}

// TestLinkStates proves that only losses and suspicions of links are counted.
func TestLinkStates(t *testing.T) {
	got := linkStates{}.with([]status.Event{{Code: "link.up"}, {Code: "link.suspect"}, {Code: "link.down"}, {Code: "config.applied"}, {Code: "link.suspect"}})
	if got != (linkStates{down: 1, suspect: 2}) {
		t.Errorf("counted %+v", got)
	}
}
