package console_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vns3/engine/enginetest"
	"vns3/internal/netns"
)

func TestMain(m *testing.M) {
	code := netns.Run(m)
	if path, err := program(); err == nil {
		os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// The program itself, on two machines, by keyboard alone: from nothing to a meshed pair.
func TestProgramFirstRun(t *testing.T) {
	both := machines(t, 2)
	meshed(both)
	for _, m := range both {
		m.waitFor("mesh 2 of 2", "equal on #1 #2", "● up")
	}
}

// meshed plays the first run on both machines.
func meshed(both []*machine) {
	first, second := both[0], both[1]
	first.t.Helper()
	first.start()
	second.start()
	first.generate()
	first.keys("Enter")
	first.waitFor("Your license allows 9 controllers")
	first.text("i")
	first.keys("Down", "Enter")
	first.waitFor("type an IP or a DNS name")
	first.text(second.address)
	first.keys("Enter")
	first.waitFor("#2 [" + second.address)
	first.save()

	second.waitFor("Is there already a controller with keys")
	second.palette("keyset fetch", "Controller with the keys")
	second.text(first.address)
	second.keys("Tab")
	second.text(enginetest.Token)
	second.keys("Enter")
	second.waitFor("checksum equal to", "[▸Use its table ]")
	second.keys("Enter")
	second.waitFor("answers, same keyset", "#2 [this instance")
	second.save()
	second.waitFor("1 of 1 reached")
}

// generate makes a topology on a new controller.
func (m *machine) generate() {
	m.t.Helper()
	m.waitFor("Is there already a controller with keys", "runs inside this console")
	m.keys("Enter")
	m.waitFor("Install license")
	m.keys("Down", "Down", "Enter")
	m.waitFor("enter: Generate Keyset")
	m.keys("Enter")
	m.waitFor("Security token")
	m.text("Acme overlay")
	m.keys("Tab")
	m.text(enginetest.Token)
	m.keys("Enter")
	m.waitFor("topology checksum", "[▸Peering ]")
}

// A storm of sizes leaves a whole screen, also from below the smallest size.
func TestProgramResizeStorm(t *testing.T) {
	m := machines(t, 1)[0]
	m.start()
	m.waitFor("Is there already a controller with keys")
	for i := range 60 {
		m.run("resize-window", "-t", "console", "-x", fmt.Sprint(20+(i*37)%160), "-y", fmt.Sprint(6+(i*13)%50))
	}
	m.run("resize-window", "-t", "console", "-x", "40", "-y", "10")
	m.waitFor("vns3 needs 60x15")
	m.run("resize-window", "-t", "console", "-x", "60", "-y", "15")
	m.waitFor("Is there already a controller with keys", "q quit")
}

// Leaving: ctrl+c ends at once where nothing is lost; with a peer up it asks, cancel stays, and leaving
// the engine running keeps the mesh: the next console attaches, and q only ends that one.
func TestProgramLeaving(t *testing.T) {
	both := machines(t, 2)
	first := both[0]
	first.start()
	first.waitFor("Is there already a controller with keys")
	first.keys("C-c")
	first.ended()
	if pids := first.processes(); len(pids) > 0 {
		t.Fatalf("processes %v are left after ctrl+c", pids)
	}

	meshed(both)
	first.keys("C-c")
	first.waitFor("Quit: what about the engine?", "Leave it running", "Hand it to systemd")
	first.keys("Enter") // Cancel
	first.waitFor("mesh 2 of 2", "q quit")
	first.text("q")
	first.waitFor("Quit: what about the engine?", "▸ Cancel")
	first.keys("Up", "Up", "Up", "Enter")
	first.ended()
	if out, err := first.vns3("status"); err != nil || !strings.Contains(out, "headless") && !strings.Contains(out, "Acme overlay") {
		t.Fatalf("vns3 status: %v\n%s", err, out)
	}
	first.start()
	first.waitFor("attached", "mesh 2 of 2")
	first.text("q")
	first.ended()
	if len(first.processes()) != 1 {
		t.Errorf("processes %v, want the engine alone", first.processes())
	}
}

// A terminal that is killed leaves its engine running, and the next console attaches to it.
func TestProgramTerminalKilled(t *testing.T) {
	both := machines(t, 2)
	meshed(both)
	first := both[0]
	before := first.processes()
	first.run("kill-server")
	both[1].waitFor("mesh 2 of 2")
	first.start()
	first.waitFor("attached", "mesh 2 of 2")
	if after := first.processes(); len(before) != 1 || len(after) != 2 {
		t.Errorf("processes before %v, after %v: want the engine's, then a console beside it", before, after)
	}
	both[1].waitFor("mesh 2 of 2")
}

// An attached console goes back to the shell with ctrl+z and comes again with fg, its terminal whole each
// time; one with an engine inside does not stop, because its tunnels would stand still.
func TestProgramSuspended(t *testing.T) {
	m := machines(t, 1)[0]
	m.start()
	m.waitFor("inside this console and ends with it")
	m.keys("C-z")
	m.waitFor("not suspended", "stand still")
	m.text("q")
	m.waitFor("▸ Cancel")
	m.keys("Up", "Up", "Up", "Enter") // Leave it running
	m.ended()

	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	m.run("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "console", "env", "PS1=here> ", "ENV=", "sh", "-i")
	m.waitFor("here>")
	m.text(path + " " + strings.Join(m.config, " "))
	m.keys("Enter")
	m.waitFor("this console is attached", "q quit")
	m.keys("C-z")
	m.until("the shell is back", func(screen string) bool {
		return strings.Contains(screen, "Stopped") && !strings.Contains(screen, "q quit")
	})
	m.text("stty -a")
	m.keys("Enter")
	m.waitFor(" icanon", " echo ")
	m.text("fg")
	m.keys("Enter")
	m.waitFor("this console is attached", "q quit")
	m.text("q")
	m.until("the console has ended", func(screen string) bool { return !strings.Contains(screen, "q quit") })
	m.text("exit")
	m.keys("Enter")
	m.ended()
}
