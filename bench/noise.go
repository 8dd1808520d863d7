//go:build linux

package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// From where on a machine counts as noisy.
const (
	noisyStolen = 0.02 // part of the processors' time that the hypervisor gave to others
	noisyBusy   = 0.10 // part that was used before anything was started
	noisySpread = 1.5  // the best round to the worst
)

// quietLook is how long the idle machine is watched.
const quietLook = 2 * time.Second

// watch notices what makes figures worthless.
type watch struct {
	start    host
	busy     float64
	loadText string
}

func startWatch() *watch {
	before := hostTime()
	<-time.After(quietLook)
	now := hostTime()
	idle := now.since(before)
	load, _ := os.ReadFile("/proc/loadavg") // Linux has it always
	first, _, _ := strings.Cut(string(load), " ")
	return &watch{start: now, busy: idle.part(idle.busy), loadText: first}
}

// report says how quiet the machine was, and warns where it was not.
func (w *watch) report(out io.Writer, all []*results) {
	run := hostTime().since(w.start)
	w.tell(out, run.part(run.stolen), all)
}

func (w *watch) tell(out io.Writer, stolen float64, all []*results) {
	fmt.Fprintf(out, "\n## how quiet the machine was\n\nbusy before the start %.0f %%, load %s, stolen during the run %.1f %%\n", 100*w.busy, w.loadText, 100*stolen)
	if w.busy > noisyBusy {
		fmt.Fprintln(out, "NOISY: something else was at work before the start")
	}
	if stolen > noisyStolen {
		fmt.Fprintln(out, "NOISY: the hypervisor gave processor time to others")
	}
	for _, r := range all {
		for _, system := range r.order {
			for _, m := range []metric{tcp1, tcp4, pairsTCP} {
				if s, ok := spreadOf(r.values(system, m)); ok && s.most > noisySpread*s.least {
					fmt.Fprintf(out, "NOISY: %s, %s: %s differs between rounds by %.1f ×\n", r.title(), system, metricTitles[m], s.most/s.least)
				}
			}
		}
	}
	fmt.Fprintln(out, "Figures of one run can be compared with each other, not with those of another run.")
}
