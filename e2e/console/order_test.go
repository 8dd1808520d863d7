package console_test

import (
	"fmt"
	"net/netip"
	"testing"

	"vns3/control"
	"vns3/engine/enginetest"
	"vns3/engine/license"
	"vns3/peering"
)

// A fetch from a controller that has no keys yet says so, and the same dialog works once it has them.
func TestFetchBeforeSourceHasKeys(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]
	second.fetchWith(t, engines[0], enginetest.Token, "has no keyset", "[▸Try again ]")
	first.generate(t)
	second.do(t, enter, "Security token")
	second.do(t, enter, "checksum equal to", "[▸Peering ]") // nor has it a table yet that could be proposed
}

// Keys generated on both by mistake: what removing one loses is said, then the fetch begins by itself.
func TestGeneratedOnBoth(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]
	first.generate(t)
	second.generate(t)
	for i, e := range engines {
		enginetest.Must[control.Nothing](t, e, control.PeeringSet{Rows: enginetest.Rows(engines[:], i+1)})
	}
	for i, c := range consoles {
		other := 2 - i
		c.leave(t, "[ Close ]")
		c.command(t, "runtime status", fmt.Sprintf("#%d", other), "another keyset")
	}
	second.command(t, "keyset remove", "Remove the keyset?", "Lost here")
	second.leave(t, "Lost here")
	second.command(t, "keyset fetch", "Remove this keyset and fetch another?", "0 tunnels to other controllers")
	digits := engines[1].Snapshot().Controller.TopologyChecksum[:8]
	second.do(t, digits+enter, "[▸Remove, then fetch ]")
	second.do(t, enter, "Controller with the keys")
	second.do(t, engines[0].Address.String()+tab+enginetest.Token+enter, "checksum equal to")
	second.leave(t, "[ Close ]")
	second.command(t, "runtime status", "mesh 2 of 2", "equal on #1 #2")
}

// Peering saved before there are keys is kept and says what it waits for; it starts with the keys.
func TestPeeringBeforeKeys(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]
	second.WaitFor("Is there already a controller with keys")
	second.command(t, "controller peering", "nine rows may be filled in")
	second.do(t, enter, "type an IP or a DNS name")
	second.do(t, engines[0].Address.String()+enter, "#1 ["+engines[0].Address.String())
	second.do(t, down+"i", "#2 [this instance")
	second.do(t, ctrlS, "Save changes?", "there is no keyset yet")
	second.confirm(t, "Save changes?", "Peering saved", "waiting for keyset")

	first.generate(t)
	enginetest.Must[control.Nothing](t, engines[0], control.PeeringSet{Rows: enginetest.Rows(engines[:], 1)})
	second.command(t, "keyset fetch", "Controller with the keys")
	second.do(t, engines[0].Address.String()+tab+enginetest.Token+enter, "checksum equal to")
	engines[1].Until(t, "the link is up", enginetest.AllUp(1))
}

// A topology whose license is full says so to the controller that has no row left, and what to do; the
// license itself is pasted.
func TestLicenseFull(t *testing.T) {
	engines, consoles := pair(t)
	first, second := consoles[0], consoles[1]
	first.WaitFor("Is there already a controller with keys")
	first.do(t, enter, "Install license")
	first.do(t, "\x1b[200~"+licenseFor(t, 4)+"\x1b[201~", "pasted")
	first.do(t, enter, "Overlay parameters")
	first.do(t, tab+enter, "Set for good", "It cannot be")
	first.choose(t, "Set for good")
	first.confirm(t, "It cannot be", "enter: Generate Keyset")
	enginetest.Task(t, engines[0], control.KeysetGenerate{Topology: "Acme overlay", Token: enginetest.Token})
	rows := map[int]peering.Row{1: {Kind: peering.Self}}
	for id := 2; id <= 4; id++ {
		rows[id] = peering.Row{Kind: peering.Address, Address: fmt.Sprintf("10.255.255.%d", id)}
	}
	enginetest.Must[control.Nothing](t, engines[0], control.PeeringSet{Rows: rows})
	second.fetch(t, engines[0])
	second.do(t, enter, "Your license allows 4 controllers", "License full: 4 of 4", "Upgrade the license")
}

// licenseFor is a license for so many controllers, signed by somebody.
func licenseFor(t *testing.T, controllers int) string {
	t.Helper()
	key, _, err := license.GenerateSigner("acme")
	if err != nil {
		t.Fatal(err)
	}
	text, err := license.Issue(license.Terms{
		Topology: "Acme overlay", Controllers: controllers, Clientpacks: 50, Subnet: netip.MustParsePrefix("100.127.240.0/24"),
	}, key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
