package console_test

import (
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/peering"
)

// A thousand clientpacks that are handed out are listed, filtered and left by keyboard.
func TestThousandClients(t *testing.T) {
	e := enginetest.Start(t, enginetest.Network(), 1, "")
	enginetest.Task(t, e, control.KeysetGenerate{Topology: "Acme overlay", Token: enginetest.Token})
	enginetest.Must[control.Nothing](t, e, control.PeeringSet{Rows: map[int]peering.Row{1: {Kind: peering.Self}}})
	for _, c := range []string{"100.127.252.7", "100.127.255.232"} {
		enginetest.Must[control.Nothing](t, e, control.PackSet{Name: strings.ReplaceAll(c, ".", "_"), Tags: map[string]string{"site": "berlin"}})
	}
	out := true
	enginetest.Must[control.Nothing](t, e, control.PackSet{All: true, CheckedOut: &out})
	c := open(t, e, nil)
	c.WaitFor("single controller")
	c.command(t, "clientpacks", "› Clientpacks", "1,000 of 1,000, by name", "100_127_252_1 ")
	c.do(t, "G", "100_127_255_232")
	c.do(t, "/berlin"+enter, "2 of 1,000", "100_127_252_7")
	c.leave(t, "2 of 1,000")
	c.command(t, "runtime status", "CONTROLLER STATUS", "1,000 of 1,000 out")
}
