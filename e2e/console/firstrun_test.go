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
	t.Log("\n" + first.Screen())
	first.do(t, enter, "Overlay › Controller Peering", "Your license allows 9 controllers")
	first.do(t, "i", "this instance")
	first.do(t, down+enter, "type an IP or a DNS name")
	t.Log("\n" + first.Screen())
	first.do(t, engines[1].Address.String()+enter, "#2 ["+engines[1].Address.String())
	t.Log("\n" + first.Screen())
	first.do(t, ctrlS, "Save changes?", "becomes controller 1")
	t.Log("\n" + first.Screen())
	first.confirm(t, "Save changes?", "Peering saved", "Runtime Status")
	t.Log("\n" + first.Screen())

	second.WaitFor("Is there already a controller with keys")
	second.do(t, down+enter, "Controller with the keys")
	second.do(t, engines[0].Address.String()+tab+enginetest.Token+enter, "Use its table")
	t.Log("\n" + second.Screen())
	second.do(t, enter, "Controller Peering", "taken over from")
	t.Log("\n" + second.Screen())
	second.do(t, ctrlS, "Save changes?", "becomes controller 2")
	second.confirm(t, "Save changes?", "Peering saved", "mesh 2 of 2", "equal on #1 #2")
	t.Log("\n" + second.Screen())
	first.WaitFor("mesh 2 of 2", "equal on #1 #2", "reached")
	t.Log("\n" + first.Screen())
}
