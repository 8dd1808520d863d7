//go:build linux

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// tick is the unit in which the kernel tells processor time; it is the same on all of Go's platforms.
const tick = 10 * time.Millisecond

// processorTime is what the processes have used, all threads together.
func processorTime(pids []int) time.Duration {
	var sum uint64
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if err != nil {
			continue // it has ended, which whoever waits for it tells
		}
		_, rest, _ := strings.Cut(string(raw), ") ") // the name may hold anything
		if fields := strings.Fields(rest); len(fields) > 12 {
			sum += number(fields[11]) + number(fields[12])
		}
	}
	return time.Duration(sum) * tick
}

// resident is the memory of the processes in bytes, shared pages counted for each.
func resident(pids []int) (bytes uint64) {
	for _, pid := range pids {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
		if fields := strings.Fields(string(raw)); err == nil && len(fields) > 1 {
			bytes += number(fields[1]) * uint64(os.Getpagesize())
		}
	}
	return bytes
}

// host is the processor time of the whole machine.
type host struct{ busy, stolen, idle time.Duration }

func hostTime() host {
	raw, _ := os.ReadFile("/proc/stat") // Linux has it always
	line, _, _ := strings.Cut(string(raw), "\n")
	f := strings.Fields(line)
	if len(f) < 9 {
		return host{}
	}
	// user nice system idle iowait irq softirq steal
	busy := number(f[1]) + number(f[2]) + number(f[3]) + number(f[6]) + number(f[7])
	return host{time.Duration(busy) * tick, time.Duration(number(f[8])) * tick, time.Duration(number(f[4])+number(f[5])) * tick}
}

func (h host) since(before host) host {
	return host{h.busy - before.busy, h.stolen - before.stolen, h.idle - before.idle}
}

// part is a time as a part of all.
func (h host) part(of time.Duration) float64 {
	all := h.busy + h.stolen + h.idle
	if all == 0 {
		return 0
	}
	return float64(of) / float64(all)
}

func number(text string) uint64 {
	n, _ := strconv.ParseUint(text, 10, 64) // the kernel writes numbers
	return n
}
