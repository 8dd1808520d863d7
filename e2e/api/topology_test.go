package api

import (
	"fmt"
	"net/netip"
	"strconv"
	"sync"
	"testing"
	"time"

	"vns3/engine/api"
	"vns3/engine/enginetest"
	"vns3/engine/license"
	"vns3/status"
)

const (
	size        = 4  // controllers of a topology
	clientpacks = 20 // that its license allows
	gateway     = 2  // the controller whose host is on the overlay
)

// subnet is the overlay of every license made here.
var subnet = netip.MustParsePrefix("172.31.1.0/24")

// signer signs the licenses of these tests, as an operator does.
var signer = sync.OnceValues(func() (string, error) {
	key, _, err := license.GenerateSigner("operator.example")
	return key, err
})

// issue writes a license.
func issue(t *testing.T, terms license.Terms) string {
	t.Helper()
	key, err := signer()
	if err != nil {
		t.Fatal(err)
	}
	text, err := license.Issue(terms, key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// issueFor writes the usual license for so many controllers.
func issueFor(t *testing.T, controllers int) string {
	return issue(t, license.Terms{Topology: "Acme overlay", Controllers: controllers, Clientpacks: clientpacks, Subnet: subnet})
}

// site is a controller and a client of its API.
type site struct {
	*caller
	*enginetest.Controller
	id int
}

// start runs unconfigured controllers.
func start(t *testing.T, p *product, timing api.RestartTiming) []*site {
	t.Helper()
	net := network(t)
	var all []*site
	for id := 1; id <= size; id++ {
		extra := "# the rows of this mesh\n[peering]\n# 9 = \"never\"\n"
		if id == gateway && alone {
			extra += "[overlay]\ninterface = \"vns3\"\n"
		}
		c := enginetest.StartWith(t, net, id, enginetest.Settings{Timing: timing, Extra: extra})
		all = append(all, &site{newCaller(t, p, c), c, id})
	}
	return all
}

// each does something with all sites at once.
func each(all []*site, do func(*site)) {
	var doing sync.WaitGroup
	for _, s := range all {
		doing.Go(func() { do(s) })
	}
	doing.Wait()
}

// until waits for a snapshot of the site.
func (s *site) until(what string, holds func(*status.Snapshot) bool) *status.Snapshot {
	s.caller.Helper()
	return s.Controller.Until(s.caller.T, what, holds)
}

// pace is how a family of clients behaves.
type pace struct {
	poll     time.Duration // between two looks
	timing   api.RestartTiming
	together bool // peers are posted at once, not one after the other
}

// configure is what the documents say to do with controller 1: from nothing to a keyset and an ID.
func (s *site) configure(p pace) {
	s.caller.Helper()
	s.poll(p.poll, "the controller", func() bool {
		a, err := s.send("GET", "/config", nil)
		return err == nil && a.status == 200
	})
	s.want("GET /config while unlicensed", s.object("GET", "/config", nil), object{
		"licensed": false, "private_ipaddress": s.Address, "topology_checksum": "", "manager_id": nil, "peered": nil, "overlay_ipaddress": nil, "security_token": nil,
	})
	for _, path := range []string{"/license", "/keyset", "/peering", "/status", "/clientpacks", "/routes"} {
		s.refused("GET", path, nil, 403, "PrerequisiteError", "Must be licensed first.")
	}
	s.refused("PUT", "/peering/self", object{"id": 1}, 403, "PrerequisiteError", "Must be licensed first.")
	s.refused("PUT", "/keyset", object{"token": enginetest.Token}, 403, "PrerequisiteError", "Must be licensed first.")
	s.refused("PUT", "/license/parameters", object{"default": true}, 403, "PrerequisiteError", "Must be licensed first.")
	s.want("PUT /config", s.object("PUT", "/config", object{"topology_name": "Acme", "controller_name": "one"}), object{"topology_name": "Acme", "controller_name": "one"})
	s.refused("PUT", "/license", "nonsense", 400, "APIArgumentError", "Bad license")
	text := issueFor(s.caller.T, size)
	s.want("PUT /license", s.object("PUT", "/license", text), object{"license": "accepted", "finalized": false, "license_present": true})
	s.want("PUT /license again", s.object("PUT", "/license", text), object{"license": "accepted", "finalized": false})
	s.want("PUT /license/parameters", s.object("PUT", "/license/parameters", object{"default": true}), object{"license": "accepted", "finalized": true})
	s.restart(p.poll)
	s.want("GET /license", s.object("GET", "/license", nil), object{"license_present": true, "finalized": true, "custom_addressing": false, "my_manager_vip": "172.31.1.254"})
	s.generate(p)
	s.setSelf()
}

// generate makes the keyset, and looks until it is there.
func (s *site) generate(p pace) {
	s.caller.Helper()
	s.refused("GET", "/clientpacks", nil, 403, "PrerequisiteError", "Keyset is missing")
	s.want("PUT /keyset", s.object("PUT", "/keyset", object{"token": enginetest.Token}), object{"keyset_present": false, "in_progress": true})
	// It may be done by now, or not: either way there is no second one.
	if f := s.do("PUT", "/keyset", object{"token": enginetest.Token}).failure(); f.Message != "Keyset setup in progress." && f.Message != "Keyset already exists." {
		s.caller.Errorf("a second PUT /keyset says %+v", f)
	}
	s.poll(p.poll, "the keyset", func() bool { return s.object("GET", "/keyset", nil)["keyset_present"] == true })
	s.refused("PUT", "/keyset", object{"token": enginetest.Token}, 400, "APIBadRequestError", "Keyset already exists.")
}

// fetch asks for the keyset until it exists, sees the restart, and sets the ID.
func (s *site) fetch(p pace, source netip.Addr) {
	s.caller.Helper()
	began := time.Now()
	ask := object{"source": source.String(), "token": enginetest.Token}
	if s.id == size {
		s.fetchInVain(p, source)
	} else {
		s.want("PUT /keyset", s.object("PUT", "/keyset", ask), object{"in_progress": true, "keyset_present": false})
	}
	s.refused("GET", "/keyset", nil, 403, "PrerequisiteError", "Must be licensed first.")
	s.poll(p.poll, "the keyset to exist", func() bool {
		a := s.do("PUT", "/keyset", ask)
		if a.status == 200 { // the fetch before has failed, on a slow machine, and another begins
			s.caller.Logf("controller %d: fetches again", s.id)
			return false
		}
		f := a.failure()
		if f.Message != "Keyset already exists." && f.Message != "Keyset setup in progress." {
			s.caller.Errorf("PUT /keyset while it is fetched: %+v", f)
		}
		return f.Message == "Keyset already exists."
	})
	s.refused("GET", "/keyset", nil, 403, "PrerequisiteError", "Must be licensed first.")
	s.caller.Logf("controller %d: fetched after %v", s.id, time.Since(began).Round(time.Millisecond))
	s.restart(p.poll)
	s.want("GET /keyset", s.object("GET", "/keyset", nil), object{"keyset_present": true})
	s.object("PUT", "/config", object{"controller_name": fmt.Sprint("controller ", s.id)})
	s.setSelf()
}

// fetchInVain tries a wrong token until a fetch with the right one begins: a new start is how clients
// see that the one before has failed.
func (s *site) fetchInVain(p pace, source netip.Addr) {
	s.caller.Helper()
	s.object("PUT", "/keyset", object{"source": source.String(), "token": "not-the-token-of-anybody"})
	s.poll(p.poll, "the failure to show", func() bool {
		a := s.do("PUT", "/keyset", object{"source": source.String(), "token": enginetest.Token})
		if f := a.failure(); a.status != 200 && f.Message != "Keyset setup in progress." {
			s.caller.Fatalf("PUT /keyset after a wrong token: %s", a.body)
		}
		return a.status == 200
	})
}

// setSelf sets the ID of this controller. Until then it has none and is not peered.
func (s *site) setSelf() {
	s.caller.Helper()
	s.want("GET /peering before", s.object("GET", "/peering", nil), object{"peered": false, "id": nil})
	for _, bad := range []any{0, size + 1, -1, "none"} {
		s.refused("PUT", "/peering/self", object{"id": bad}, 400, "APIArgumentError", "id is invalid")
	}
	s.want("PUT /peering/self", s.object("PUT", "/peering/self", object{"id": s.id}), object{"peered": true, "id": s.id})
	s.want("PUT /peering/self again", s.object("PUT", "/peering/self", object{"id": strconv.Itoa(s.id)}), object{"peered": true, "id": s.id})
}

// peer posts n·(n−1) peers. With together all at once, and all of them twice.
func peer(all []*site, p pace) {
	post := func(from, to *site) {
		from.object("POST", "/peering/peers", object{"id": to.id, "name": to.Address.String(), "overlay_mtu": "1400", "force": true})
	}
	if !p.together {
		for _, from := range all {
			from.refused("POST", "/peering/peers", object{"id": size + 1, "name": "10.9.9.9"}, 400, "APIArgumentError", fmt.Sprintf("%d is an invalid controller id", size+1))
			for _, to := range all {
				if to != from {
					post(from, to)
				}
			}
		}
		return
	}
	var posting sync.WaitGroup
	for _, from := range all {
		for _, to := range all {
			for range 2 {
				if to != from {
					posting.Go(func() { post(from, to) })
				}
			}
		}
	}
	posting.Wait()
}

// meshed waits until the API of every controller says that it reaches every other, and proves that the
// engine says the same: links up, one checksum.
func meshed(all []*site, p pace) {
	each(all, func(s *site) {
		s.poll(p.poll, "every peer to be reachable", func() bool {
			rows := s.object("GET", "/peering", nil)["controllers"].(object)
			reachable := 0
			for _, row := range rows {
				if row.(object)["reachable"] == true {
					reachable++
				}
			}
			return len(rows) == size && reachable == size-1
		})
	})
	want := all[0].object("GET", "/config", nil)["topology_checksum"]
	for _, s := range all {
		s.until("all links up and checksums equal", func(snap *status.Snapshot) bool {
			equal := 0
			for _, p := range snap.Peers {
				if p.ChecksumEqual != nil && *p.ChecksumEqual && p.State == status.Up {
					equal++
				}
			}
			return equal == size-1
		})
		s.want("the checksum", s.object("GET", "/config", nil), object{
			"topology_checksum": want, "manager_id": s.id, "licensed": true, "peered": true, "asn": 65000 + s.id,
			"overlay_ipaddress": netip.AddrFrom4([4]byte{172, 31, 1, byte(254 - s.id)}),
		})
		s.want("the keyset's", s.object("GET", "/keyset", nil), object{"checksum": want})
	}
	if len(fmt.Sprint(want)) != 40 {
		all[0].caller.Errorf("the checksum %v has not 40 digits", want)
	}
}

// build makes a mesh of unconfigured controllers as a family of clients does.
func build(t *testing.T, product *product, p pace) []*site {
	t.Helper()
	all := start(t, product, p.timing)
	all[0].configure(p)
	each(all[1:], func(s *site) { s.fetch(p, all[0].Address) })
	peer(all, p)
	meshed(all, p)
	return all
}
