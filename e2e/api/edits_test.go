package api

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/api/client"
	"vns3/engine/enginetest"
	"vns3/overlay"
)

// edits changes rows of a running mesh, and undoes it.
func edits(t *testing.T, all []*site) {
	t.Helper()
	one := all[0]
	for _, mtu := range []any{1380, "1390"} {
		one.object("PUT", "/peering/peers/2", object{"overlay_mtu": mtu})
		one.want("row 2", row(one, 2), object{"mtu": fmt.Sprint(mtu), "address": all[1].Address, "reachable": true})
	}
}

// licensed starts one controller that has license, keyset and the ID 1, and a file with comments.
func licensed(t *testing.T, controllers int) *site {
	t.Helper()
	c := enginetest.StartWith(t, enginetest.Network(), 1, enginetest.Settings{Extra: "# who is who\n[peering]\n2 = \"10.0.2.10\"   # Oslo\n\n# the end\n"})
	s := &site{newCaller(t, newProduct(t), c), c, 1}
	s.object("PUT", "/license", issueFor(t, controllers))
	s.object("PUT", "/license/parameters", object{"default": true})
	s.restart(soon)
	s.generate(pace{poll: soon})
	s.setSelf()
	return s
}

// TestEdits proves that edits of peering land in the file with its comments kept, that force:false waits
// for PUT /peering, and that what may not be is refused and changes nothing.
func TestEdits(t *testing.T) {
	t.Parallel()
	s := licensed(t, size)
	file := func() string {
		raw, err := os.ReadFile(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		return string(raw)
	}
	lands := func(texts ...string) {
		t.Helper()
		for _, text := range append(texts, "# who is who\n[peering]\n", "# Oslo\n", "\n# the end\n") {
			if !strings.Contains(file(), text) {
				t.Errorf("the file does not say %q:\n%s", text, file())
			}
		}
	}
	lands(`1 = "this instance"`, `2 = "10.0.2.10"`)
	s.want("a row from the file", row(s, 2), object{"address": "10.0.2.10", "mtu": "1420", "reachable": false})

	s.object("POST", "/peering/peers", object{"id": "3", "name": "Peer-3.Example.NET", "overlay_mtu": 1400})
	lands(`3 = "peer-3.example.net"`, "1400")
	s.object("PUT", "/peering/peers/3", object{"overlay_mtu": "4800"})
	s.want("row 3", row(s, 3), object{"mtu": "4800", "address": "peer-3.example.net"})
	for _, bad := range []any{499, 4801, "48000", "wide", 1.5} {
		s.refused("PUT", "/peering/peers/3", object{"overlay_mtu": bad}, 400, "APIArgumentError", "overlay_mtu must be an integer between 500 and 4,800")
	}

	before := file()
	s.object("PUT", "/peering/peers/2", object{"name": "10.0.2.20", "force": false})
	s.object("POST", "/peering/peers", object{"id": 4, "name": "10.0.4.10", "force": false})
	s.want("a staged row", row(s, 2), object{"address": "10.0.2.20"})
	if file() != before {
		t.Errorf("staged rows were written:\n%s", file())
	}
	s.object("PUT", "/peering", nil)
	lands(`2 = "10.0.2.20"`, `4 = "10.0.4.10"`)

	s.want("PUT self over an address", s.object("PUT", "/peering/self", object{"id": 4}), object{"id": 4, "peered": true})
	s.want("the old own row", row(s, 1), object{"not_set": true, "self": nil, "address": nil})
	s.want("the new own row", row(s, 4), object{"self": true, "address": nil, "overlay_ipaddress": "172.31.1.250"})
	lands(`4 = "this instance"`)
	s.object("DELETE", "/peering/peers/3", nil)
	s.want("a row that is gone", row(s, 3), object{"not_set": true})
	s.object("DELETE", "/peering/peers/3", nil)

	before = file()
	s.refused("POST", "/peering/peers", object{"id": 5, "name": "10.0.5.10"}, 400, "APIArgumentError", "5 is an invalid controller id")
	s.refused("PUT", "/peering/peers/5", object{"name": "10.0.5.10"}, 400, "APIArgumentError", "5 is invalid as controller id.")
	for name, says := range map[string]string{
		"10.0.2.20": "rows 2 and 3", s.Address.String(): "row 3", // the rest by what is wrong with it
		"https://10.0.3.10": "https", "10.0.3.10:1195": "port", "0.0.0.0": "0.0.0.0", "no name": "no name",
	} {
		if a := s.do("POST", "/peering/peers", object{"id": 3, "name": name}); a.status != 400 || !strings.Contains(a.failure().Message, says) {
			t.Errorf("a peer at %q: %d %s, want %q named", name, a.status, a.body, says)
		}
	}
	if file() != before {
		t.Errorf("what was refused changed the file:\n%s", file())
	}
	upgrade(s)
}

// TestSetForGood proves that a license and parameters that are set for good stay as they are: to set either
// again is refused over HTTPS, by the API on the local socket, and as an action there; the controller goes on,
// without another restart.
func TestSetForGood(t *testing.T) {
	t.Parallel()
	s := licensed(t, size)
	other := object{"subnet": "172.31.9.0/24", "managers": "172.31.9.253", "clients": "172.31.9.1", "asns": "65001", "my_manager_vip": "172.31.9.254"}
	parameters, err := overlay.Default(netip.MustParsePrefix("172.31.9.0/24"), 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	before, config := s.object("GET", "/license", nil), s.object("GET", "/config", nil)
	local := s.local()
	const good = "license: the overlay parameters are set for good: to replace the license use an upgrade (vns3 license upgrade)"
	for _, c := range []*caller{s.caller, local} {
		c.refused("PUT", "/license/parameters", object{"default": true}, 403, "OperationNotAllowedError", good)
		c.refused("PUT", "/license/parameters", other, 403, "OperationNotAllowedError", good)
		c.refused("PUT", "/license", issueFor(t, size), 403, "OperationNotAllowedError", good)
	}
	backend, err := client.Dial(t.Context(), client.Target{Socket: s.socket()})
	if err != nil {
		t.Fatal(err)
	}
	defer backend.Close()
	for _, q := range []control.Request{control.LicenseParameters{Default: true}, control.LicenseParameters{Parameters: &parameters}, control.LicenseInstall{Text: issueFor(t, size)}} {
		_, err := backend.Do(t.Context(), q)
		if refused := new(control.Error); !errors.As(err, &refused) || refused.Kind != control.NotAllowed || refused.Error() != good {
			t.Errorf("%s again: %v", q.Action(), err)
		}
	}
	for _, c := range []*caller{s.caller, local} {
		c.want("GET /license", c.object("GET", "/license", nil), before)
		c.want("GET /config", c.object("GET", "/config", nil), config)
	}
	events, err := s.Events(t.Context(), 0)
	times := map[string]int{}
	for _, e := range events {
		times[e.Code]++
	}
	if err != nil || times["license.installed"] != 1 || times["license.parameters"] != 1 || times["api.restart"] != 1 {
		t.Errorf("what happened: %v, %v", times, err)
	}
}

// upgrade lets the license grow, and uses what it then allows.
func upgrade(s *site) {
	s.caller.Helper()
	s.refused("PUT", "/license/upgrade", "nonsense", 400, "APIArgumentError", "Bad license")
	s.want("PUT /license/upgrade", s.object("PUT", "/license/upgrade", issueFor(s.caller.T, size+1)), object{"license": "in-progress", "finalized": true, "new_managers": 1, "new_clientpacks": 0})
	s.object("POST", "/peering/peers", object{"id": size + 1, "name": "10.0.5.10"})
	s.want("the new row", row(s, size+1), object{"address": "10.0.5.10"})
}
