//go:build linux

package main

import (
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

const (
	settled   = 10 * time.Second // until a new mesh has nothing more to tell
	idleLook  = 30 * time.Second
	starts    = 5
	firstLink = time.Second // aim: from the start of the program to its first link
)

// costs measures what vns3 takes when little happens: nine controllers with the 1,000 clientpacks of
// the community license.
func costs(s *lab.Scope, _ *options, out io.Writer) {
	b := newBed(s, meshOfNine)
	progress("nine controllers: start")
	l := startControllers(b, b.machines, "")
	<-time.After(settled)

	progress("nine controllers: idle for %v", idleLook)
	before, began := usedBy(b), time.Now()
	<-time.After(idleLook)
	took := time.Since(began)
	var cores, megabytes []float64
	for i, used := range usedBy(b) {
		cores = append(cores, 100*(used-before[i]).Seconds()/took.Seconds())
		megabytes = append(megabytes, float64(resident(b.machines[i].pids))/1e6)
	}
	idle, _ := spreadOf(cores)
	memory, _ := spreadOf(megabytes)
	clients := l.Machines[0].Status().Controller.License.Clientpacks
	fmt.Fprintf(out, "\n## what vns3 costs\n\none of nine controllers with %d clientpacks, idle:\n  processor %s %% of a core (aim: 3)\n  resident memory %s MB\n", clients, idle, memory)

	var times []float64
	for range starts {
		times = append(times, startToLink(b, l))
	}
	start, _ := spreadOf(times)
	fmt.Fprintf(out, "start of the program to its first link: %s ms (aim: under %d)\n", start, firstLink.Milliseconds())
	fmt.Fprintf(out, "\n%s", routeChanges(s))
}

// usedBy is the processor time of each machine.
func usedBy(b *bed) []time.Duration {
	var all []time.Duration
	for _, m := range b.machines {
		all = append(all, processorTime(m.pids))
	}
	return all
}

// startToLink ends the last controller, starts it again and returns how many milliseconds passed until
// it has a link.
func startToLink(b *bed, l *lab.Lab) float64 {
	m := l.Machines[len(l.Machines)-1]
	m.Stop()
	began := time.Now()
	m.Start()
	m.Until(patience, "the first link is up", func(s *status.Snapshot) bool {
		for links := 1; links < len(l.Machines); links++ {
			if lab.AllUp(links)(s) {
				return true
			}
		}
		return false
	})
	took := float64(time.Since(began).Microseconds()) / 1e3
	b.machines[len(b.machines)-1].pids = []int{m.PID()}
	return took
}

// routeChanges runs the benchmark of forwarding while 10,000 routes change a second, beside that
// without changes.
func routeChanges(s *lab.Scope) string {
	progress("forwarding while routes change")
	raw, err := exec.Command("go", "test", "-run", "^$", "-bench", "^BenchmarkForward(DuringChanges)?$",
		"-benchtime", "0.5s", "-count", fmt.Sprint(changeRounds), "vns3/engine/forward").CombinedOutput()
	if err != nil {
		s.Fatalf("the benchmark of forwarding fails: %v\n%s", err, raw)
	}
	alone, changing := perPacket(string(raw), "BenchmarkForward/64"), perPacket(string(raw), "BenchmarkForwardDuringChanges")
	without, ok1 := spreadOf(alone)
	with, ok2 := spreadOf(changing)
	if !ok1 || !ok2 {
		s.Fatalf("the benchmark of forwarding prints no ns/packet:\n%s", raw)
	}
	return fmt.Sprintf("forwarding a packet of 64 B: %s ns; while 10,000 routes change a second: %s ns; ratio of the medians %s\n", without, with, digits(with.median/without.median))
}

// changeRounds is how often forwarding is measured with and without changes.
const changeRounds = 9

// perPacket are the nanoseconds a packet that a benchmark has printed.
func perPacket(printed, benchmark string) []float64 {
	var all []float64
	for line := range strings.Lines(printed) {
		fields := strings.Fields(line)
		at := slices.Index(fields, "ns/packet")
		if at < 1 || strings.TrimRight(fields[0], "0123456789") != benchmark+"-" {
			continue
		}
		if ns, err := strconv.ParseFloat(fields[at-1], 64); err == nil {
			all = append(all, ns)
		}
	}
	return all
}
