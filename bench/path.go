//go:build linux

package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

const (
	narrowBytes = 1400                              // the largest IP packet of the narrow path
	outside     = 20 + 8 + 32                       // what a tunnel puts round a packet: IPv4, UDP, WireGuard
	inside      = 20 + 20 + 12                      // what TCP and IPv4 put round data
	wideMTU     = wireguardMTU                      // of a tunnel over 1,500 bytes
	narrowMTU   = (narrowBytes - outside) / 16 * 16 // WireGuard fills packets up to multiples of 16
	foundWithin = 30 * time.Second                  // a path MTU that is not found by then will not be
	pathAim     = 0.9                               // of what the size allows
)

// sizeAllows is what the narrow path can carry as a part of the wide one, if each packet costs the same.
const sizeAllows = float64(narrowMTU-inside) / float64(wideMTU-inside)

// narrowPath measures two controllers with a path of 1,400 bytes between them, beside two with one of
// 1,500: the time to find the path MTU, when the tunnel starts and when the path narrows later, and TCP.
func narrowPath(s *lab.Scope, o *options, out io.Writer) {
	wide, narrow := newRoutedBed(s), newRoutedBed(s)
	narrow.narrow()
	wideLab, narrowLab := startPair(wide), startPair(narrow)
	began := time.Now()
	findsPath(narrowLab)
	atStart := time.Since(began)
	wide.reach()
	narrow.reach()

	fmt.Fprintf(out, "\n## a path of %d bytes\n\n", narrowBytes)
	for _, offload := range strings.Split(o.offload, ",") {
		wide.offload(offload == "on")
		narrow.offload(offload == "on")
		var rates, parts []float64
		for round := range o.rounds {
			progress("path, offloads %s: round %d of %d", offload, round+1, o.rounds)
			reference, rate := tcpRate(wide, o.load()), tcpRate(narrow, o.load())
			rates, parts = append(rates, rate), append(parts, rate/reference/sizeAllows)
		}
		rate, _ := spreadOf(rates)
		part, _ := spreadOf(parts)
		fmt.Fprintf(out, "offloads %s: TCP ×1 %s Gbit/s, which is %s of what the size allows beside %d bytes (aim: at least %.1f)\n", offload, rate, part, 1500, pathAim)
	}
	wide.narrow()
	began = time.Now()
	findsPath(wideLab)
	fmt.Fprintf(out, "path MTU found after the link is up: %.1f s; after the path narrows under a tunnel in use: %.1f s\n", atStart.Seconds(), time.Since(began).Seconds())
}

// startPair starts vns3 on both machines of a bed.
func startPair(b *bed) *lab.Lab {
	l := startControllers(b, b.machines, "")
	setOverlay(b, l)
	return l
}

// narrow makes the router's way to the second machine narrower; the first learns that by ICMP.
func (b *bed) narrow() {
	b.router.SetMTU("to2", narrowBytes)
	b.machines[1].SetMTU("eth0", narrowBytes)
}

// findsPath waits until both controllers know what the narrow path carries.
func findsPath(l *lab.Lab) {
	for i, m := range l.Machines {
		other := l.Machines[1-i].ID
		m.Until(foundWithin, "the path MTU is found", func(s *status.Snapshot) bool { return lab.Peer(s, other).MTU == narrowMTU })
	}
}

// tcpRate is that of one stream, in Gbit/s.
func tcpRate(b *bed, l load) float64 {
	from, to := b.ends()
	s := sample{}
	if err := s.pour(b, tcp1, []flow{{from, to, 1}}, l); err != nil {
		b.Fatal(err)
	}
	return s[tcp1]
}
