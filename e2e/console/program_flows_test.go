package console_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"vns3/engine/enginetest"
)

// leave presses esc and waits until the text is gone: a key that follows at once would be taken as one
// with alt.
func (m *machine) leave(text string) {
	m.t.Helper()
	m.waitFor(text)
	m.keys("Escape")
	m.until("left "+text, func(screen string) bool { return !strings.Contains(screen, text) })
}

// types types a text and enter, and waits for the texts.
func (m *machine) types(text string, texts ...string) {
	m.t.Helper()
	m.text(text)
	m.keys("Enter")
	m.waitFor(texts...)
}

// kill ends the one process of the machine with the signal and waits until it is gone.
func (m *machine) kill(signal syscall.Signal, pid int) {
	m.t.Helper()
	if err := syscall.Kill(pid, signal); err != nil {
		m.t.Fatal(err)
	}
	m.until("the process is gone", func(string) bool {
		for _, alive := range m.processes() {
			if alive == pid {
				return false
			}
		}
		return true
	})
}

// The program itself refuses what is wrong at each step of the first run, in words, and goes on from there.
func TestProgramWrongInputs(t *testing.T) {
	both := machines(t, 2)
	first, second := both[0], both[1]
	first.start()
	second.start()

	first.waitFor("Is there already a controller with keys", "runs inside this console")
	first.keys("Enter")
	first.waitFor("Install license")
	first.keys("Down")
	first.types("/no/such/license", "no such file")
	first.leave("Install license")
	first.keys("Enter")
	first.waitFor("Install license")
	first.keys("Down", "Down", "Enter")
	first.waitFor("enter: Generate Keyset")
	first.keys("Enter")
	first.waitFor("Security token")
	first.text("Acme overlay")
	first.keys("Tab")
	first.types("short", "at least 8 characters")
	first.types("-"+enginetest.Token, "topology checksum", "[▸Peering ]")

	first.keys("Enter")
	first.waitFor("Your license allows 9 controllers")
	first.keys("C-s")
	first.waitFor("nothing to save")
	first.keys("Down", "Enter")
	first.waitFor("type an IP or a DNS name")
	first.text("http://10.0.0.1")
	first.waitFor("URL")
	first.leave("URL")             // the text
	first.leave("type an IP or a") // the list
	first.keys("Enter")
	first.waitFor("type an IP or a DNS name")
	first.types(first.address, "#2 ["+first.address, "is this controller")
	first.keys("C-s")
	first.waitFor("cannot save")
	first.text("x")
	first.keys("Enter")
	first.waitFor("type an IP or a DNS name")
	first.types(second.address, `Cannot save: no row says "this instance"`)
	first.keys("Up")
	first.text("i")
	first.waitFor("#1 [this instance", "✗ does not answer")

	second.waitFor("Is there already a controller with keys")
	second.palette("keyset fetch", "Controller with the keys")
	second.text("https://")
	second.keys("Tab")
	second.waitFor("URL")
	second.leave("Security token")
	second.palette("keyset fetch", "Controller with the keys")
	second.text(first.address)
	second.keys("Tab")
	second.types("not the token at all", "did not accept the token", "nothing was changed here")
	if out, err := second.vns3("keyset", "show"); err != nil || !strings.Contains(out, "No keyset.") {
		t.Errorf("keyset show: %v\n%s", err, out)
	}
}

// A peer whose process is killed is seen to die, with the reason, and to come back.
func TestProgramPeerDies(t *testing.T) {
	both := machines(t, 2)
	meshed(both)
	first, second := both[0], both[1]
	first.waitFor("mesh 2 of 2", "equal on #1 #2")
	second.kill(syscall.SIGKILL, second.processes()[0])
	first.waitFor("mesh 1 of 2", "✗ down", "nobody listens at "+second.address)
	second.start()
	first.until("nothing is down", func(screen string) bool {
		return strings.Contains(screen, "mesh 2 of 2") && !strings.Contains(screen, "✗ down")
	})
}

// A console that is attached outlives its engine, says since when it does not answer, and goes on with
// the next one.
func TestProgramEngineRestarts(t *testing.T) {
	both := machines(t, 2)
	meshed(both)
	first := both[0]
	first.text("q")
	first.waitFor("Quit: what about the engine?")
	first.keys("Up", "Up", "Up", "Enter") // Leave it running
	first.ended()
	engine := first.processes()
	if len(engine) != 1 {
		t.Fatalf("processes %v, want the engine alone", engine)
	}
	first.start()
	first.waitFor("attached", "mesh 2 of 2")
	first.kill(syscall.SIGTERM, engine[0])
	first.waitFor("no answer for", "trying again")
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	again := first.command(path, append([]string{"headless"}, first.config...)...)
	if err := again.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = again.Process.Signal(os.Interrupt) // it may have ended
		_ = again.Wait()
	})
	first.waitFor("the controller answers again", "mesh 2 of 2")
}

// A thousand clientpacks are listed, filtered and left in the program itself.
func TestProgramThousandClients(t *testing.T) {
	m := machines(t, 1)[0]
	m.start()
	m.generate()
	for _, command := range [][]string{
		{"peering", "set", "1=self"}, {"clientpack", "tag", "100_127_252_7", "site=berlin"}, {"clientpack", "tag", "100_127_255_232", "site=berlin"},
		{"clientpack", "checkout", "--all"},
	} {
		if out, err := m.vns3(command...); err != nil {
			t.Fatalf("%v: %v\n%s", command, err, out)
		}
	}
	m.keys("Enter")
	m.palette("clientpacks", "1,000 of 1,000, by name", "100_127_252_1 ")
	m.text("G")
	m.waitFor("100_127_255_232")
	m.types("/berlin", "2 of 1,000", "100_127_252_7")
	m.leave("2 of 1,000")
	m.palette("runtime status", "CONTROLLER STATUS", "1,000 of 1,000 out")
}
