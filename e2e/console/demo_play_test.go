package console_test

import (
	"fmt"
	"os"
	"regexp"
	"testing"

	"vns3/internal/netns"
)

// Whoever starts the demonstration plays it by keyboard alone: it is on the first controller, and whatever is
// done to a link or a controller is seen on the page at once, with what it costs the client servers.
func TestProgramDemo(t *testing.T) {
	m := &machine{t: t, command: netns.New(t).Command, tmux: fmt.Sprintf("vns3-%d-demo", os.Getpid())}
	t.Cleanup(func() {
		m.ask("kill-server") // it may have ended
		m.ended()
	})
	m.start("demo")
	m.waitFor("#1 demo-1", "Demo overlay", "mesh 3 of 3", "nothing is broken", "by #1 → #2", "no outage")

	m.keys("Down", "Down", "Down")
	m.shows(`▸#1–#2 +fair`)
	m.text("c")
	m.shows(`#1–#2 +cut +✗ down +via #3`, `since #1–#2 cut`, `by #1 → #3 → #2`, `[1-9]\d* lost +outage \d+ms`)
	m.text("f")
	m.shows(`nothing is broken`, `#1–#2 +fair +● up +\S+ direct`, `by #1 → #2`)
	m.text("l")
	m.shows(`#1–#2 +lossy`, `since #1–#2 lossy`)
	m.text("s")
	m.shows(`#1–#2 +slow +\S \S+ +1\d\d\S*ms`, `since #1–#2 slow`)
	m.text("o")
	m.shows(`#1–#2 +one-way +\S (down|one way|init)`, `by #1 → #3 → #2`)
	m.text("f")
	m.shows(`nothing is broken`, `#1–#2 +fair +● up +\S+ direct`)

	m.keys("Up", "Up")
	m.text("K")
	m.shows(`1 of 3 controllers dead`, `#2 127.0.0.12 +killed +✗ dead`, `since #2 killed`, `[1-9] clients?\s`, `[1-9]\d* lost +outage \d+ms`)
	m.text("R")
	m.shows(`nothing is broken`, `▸#2 127.0.0.12 +– +● serving`, `#1–#2 +fair +● up`, `#2–#3 +fair +● up`)
	m.keys("Up")
	m.text("D")
	m.shows(`▸#1 127.0.0.11 +drained +◐ draining +0 clients`, `since #1 drain`, ` 0 lost`)
	m.text("D")
	m.shows(`▸#1 127.0.0.11 +– +● serving`)
	m.text("q")
	m.ended()
}

// shows waits until the screen has all patterns.
func (m *machine) shows(patterns ...string) {
	m.t.Helper()
	m.until(fmt.Sprintf("the screen shows %q", patterns), func(screen string) bool {
		for _, pattern := range patterns {
			if !regexp.MustCompile(pattern).MatchString(screen) {
				return false
			}
		}
		return true
	})
}
