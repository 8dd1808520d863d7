package console_test

import (
	"testing"

	"vns3/engine/enginetest"
)

// Two controllers that know nothing become a meshed pair by keyboard alone: keys are generated on one
// and fetched by the other, the table that comes with them is used, and both see equal checksums.
func TestFirstRun(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]
	first.generate(t)
	first.do(t, enter, "Overlay › Controller Peering", "Your license allows 9 controllers")
	first.do(t, "i", "#1 [this instance")
	first.do(t, down+enter, "type an IP or a DNS name")
	first.do(t, engines[1].Address.String()+enter, "#2 ["+engines[1].Address.String())
	first.do(t, ctrlS, "Save changes?", "becomes controller 1")
	first.confirm(t, "Save changes?", "Peering saved", "0 of 1 reached")

	second.fetch(t, engines[0])
	second.do(t, enter, "Controller Peering", "taken over from", "● answers, same keyset", "#2 [this instance")
	second.do(t, ctrlS, "Save changes?", "becomes controller 2")
	second.confirm(t, "Save changes?", "Peering saved", "1 of 1 reached", "mesh 2 of 2", "equal on #1 #2", "● up")
	first.WaitFor("1 of 1 reached", "mesh 2 of 2", "equal on #1 #2", "● up")
}

// What is typed wrong is refused where it is typed, with the reason, and nothing happens to the engine.
func TestWrongInputs(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]

	first.WaitFor("Is there already a controller with keys")
	first.do(t, enter, "Install license")
	first.do(t, down+"/no/such/license"+enter+enter, "no such file")
	first.leave(t, "Install license")
	first.generateWith(t, "short", "at least 8 characters")
	first.do(t, "-"+enginetest.Token+enter, "topology checksum", "[▸Peering ]")

	first.do(t, enter, "Your license allows 9 controllers")
	first.do(t, ctrlS, "nothing to save")
	first.do(t, down+enter, "type an IP or a DNS name")
	first.do(t, "http://10.0.0.1", "URL")
	first.leave(t, "URL")           // the text
	first.leave(t, "type an IP or") // the list
	first.do(t, enter, "type an IP or a DNS name")
	first.do(t, "10.0.0.1:80", "a port")
	first.leave(t, "a port")
	first.leave(t, "type an IP or")
	first.do(t, enter, "type an IP or a DNS name")
	first.do(t, engines[0].Address.String()+enter, "#2 ["+engines[0].Address.String(), "is this controller")
	first.do(t, ctrlS, "cannot save")
	first.do(t, "x"+enter, "type an IP or a DNS name")
	first.do(t, engines[1].Address.String()+enter, `Cannot save: no row says "this instance"`)
	first.do(t, up+"i", "#1 [this instance", "✗ does not answer")

	second.WaitFor("Is there already a controller with keys")
	second.command(t, "keyset fetch", "Controller with the keys")
	second.do(t, "https://"+tab, "URL")
	second.leave(t, "Security token")
	second.fetchWith(t, engines[0], "not the token at all", "did not accept the token", "nothing was changed here")
	for i, e := range engines {
		if s := e.Snapshot(); s.Controller.Peered || s.Controller.KeysetPresent != (i == 0) {
			t.Errorf("controller %d: peered %v, keyset %v", i+1, s.Controller.Peered, s.Controller.KeysetPresent)
		}
	}
}
