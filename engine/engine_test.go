package engine_test

import (
	"errors"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/control/controltest"
	"vns3/engine/enginetest"
	"vns3/engine/license"
	"vns3/peering"
	"vns3/status"
)

// TestContract proves that an engine is a control.Backend like every other.
func TestContract(t *testing.T) {
	controltest.Run(t, func(t *testing.T) control.Backend {
		return enginetest.Start(t, enginetest.Network(), 1, "")
	})
}

// TestMesh proves the documented way from nothing to a mesh: keys generated once and fetched by token,
// tables saved, links up, one checksum; and that a stopped controller is missed at once and comes back.
func TestMesh(t *testing.T) {
	all := enginetest.Mesh(t, 3, "")
	want := all[0].Snapshot().Controller.TopologyChecksum
	if len(want) != 40 {
		t.Fatalf("topology checksum %q has not 40 digits", want)
	}
	for _, c := range all {
		c.Until(t, "checksums compared", func(s *status.Snapshot) bool {
			equal := 0
			for _, p := range s.Peers {
				if p.ChecksumEqual != nil && *p.ChecksumEqual {
					equal++
				}
			}
			return equal == 2 && s.Controller.TopologyChecksum == want
		})
	}
	file, err := os.ReadFile(all[1].Config)
	if err != nil || !strings.Contains(string(file), "2 = \"this instance\"") {
		t.Errorf("the rows were not written to the file: %v\n%s", err, file)
	}

	stopped := time.Now()
	all[2].Stop()
	all[0].Until(t, "controller 3 missed", enginetest.AllUp(1))
	t.Logf("missed after %v", time.Since(stopped))
	all[2].Run(t)
	all[0].Until(t, "controller 3 back", enginetest.AllUp(2))
}

// TestAddressCorrected proves that a link is up again soon after an address was corrected, however long it
// ran before, and that a check of it tells each part that can be wrong.
func TestAddressCorrected(t *testing.T) {
	all := enginetest.Mesh(t, 2, "")
	ran := time.Now()
	all[1].Until(t, "many heartbeats", func(*status.Snapshot) bool { return time.Since(ran) > 4*time.Second })
	right := control.PeeringSet{Rows: enginetest.Rows(all, 1)}
	enginetest.Must[control.Nothing](t, all[0], control.PeeringSet{Rows: map[int]peering.Row{2: {}}})
	all[1].Until(t, "the link down", enginetest.AllUp(0))
	enginetest.Must[control.Nothing](t, all[0], right)
	corrected := time.Now()
	all[0].Until(t, "the link up again", enginetest.AllUp(1))
	if took := time.Since(corrected); took > 3*time.Second {
		t.Errorf("up only after %v", took)
	}
	report := enginetest.Must[control.Report](t, all[0], control.PeeringCheck{ID: 2, Address: all[1].Address.String()})
	var parts []string
	for _, f := range report.Findings {
		if f.Verdict == "ok" {
			parts = append(parts, f.What)
		}
	}
	if got := strings.Join(parts, " "); got != "name port keyset id peered clock" {
		t.Errorf("the check tells %q: %+v", got, report.Findings)
	}
}

// TestAstray proves that a row whose address does not lead to the peer is told although the tunnel is up, because
// the peer reaches us, until the row is right.
func TestAstray(t *testing.T) {
	all := enginetest.Mesh(t, 2, "")
	told := func(s *status.Snapshot) string {
		for _, w := range s.Warnings {
			if w.Code == string(status.PeerAstray) && w.Peer == 2 && w.Severity == status.Info {
				return w.Text + "; " + w.Remedy
			}
		}
		return ""
	}
	nobody := all[1].Address.Next().String()
	for address, fault := range map[string]string{nobody: "does not lead to it", "vns3.invalid": "does not resolve"} {
		wrong := map[int]peering.Row{2: {Kind: peering.Address, Address: address}}
		enginetest.Must[control.Nothing](t, all[0], control.PeeringSet{Rows: wrong})
		s := all[0].Until(t, "the row is told", func(s *status.Snapshot) bool { return enginetest.AllUp(1)(s) && told(s) != "" })
		for _, want := range []string{address + ", " + fault, "correct row 2", "comes from " + all[1].Address.String()} {
			if text := told(s); !strings.Contains(text, want) {
				t.Errorf("%q is not in %q", want, text)
			}
		}
	}
	enginetest.Must[control.Nothing](t, all[0], control.PeeringSet{Rows: enginetest.Rows(all, 1)})
	all[0].Until(t, "the row is right", func(s *status.Snapshot) bool { return enginetest.AllUp(1)(s) && told(s) == "" })
}

// TestSingleController proves that a controller alone is calm: an ID, keys, no peers, no warning.
func TestSingleController(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	enginetest.Task(t, c, control.KeysetGenerate{Topology: "Alone", Token: enginetest.Token})
	enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: map[int]peering.Row{1: {Kind: peering.Self}}})
	s := c.Until(t, "an overlay address", func(s *status.Snapshot) bool { return s.Controller.OverlayAddress != "" })
	if s.Controller.ID != 1 || len(s.Warnings) != 0 {
		t.Errorf("ID %d, warnings %+v", s.Controller.ID, s.Warnings)
	}
}

// TestCheckBeforePeering proves that an address is looked at before anything is saved, and that what
// cannot be asked yet says what that waits for.
func TestCheckBeforePeering(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	unasked := func(want string) {
		t.Helper()
		report := enginetest.Must[control.Report](t, c, control.PeeringCheck{ID: 2, Address: "127.0.0.1"})
		if last := report.Findings[len(report.Findings)-1]; !report.OK || last.Verdict != "unknown" || last.Text != want {
			t.Errorf("found %+v, want %q", report.Findings, want)
		}
	}
	unasked("it is asked once there is a keyset here")
	enginetest.Task(t, c, control.KeysetGenerate{Topology: "Alone", Token: enginetest.Token})
	unasked(`it is asked once a row says "this instance"`)
}

// TestRefusals proves that what is wrong is refused with thing and reason, and changes nothing.
func TestRefusals(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	enginetest.Task(t, c, control.KeysetGenerate{Topology: "Alone", Token: enginetest.Token})
	self := peering.Row{Kind: peering.Self}
	address := func(a string) peering.Row { return peering.Row{Kind: peering.Address, Address: a} }
	enginetest.Must[status.Route](t, c, control.RouteAdd{CIDR: "10.50.0.0/16"})
	for _, test := range []struct {
		name string
		do   control.Request
		kind control.Kind
		says string
	}{
		{"a second keyset", control.KeysetGenerate{Topology: "Other", Token: enginetest.Token}, control.Exists, "keyset"},
		{"a fetch over a keyset", control.KeysetFetch{Source: "127.0.0.1", Token: enginetest.Token}, control.Exists, "keyset"},
		{"an address twice", control.PeeringSet{Rows: map[int]peering.Row{1: self, 2: address("10.9.9.9"), 3: address("10.9.9.9")}}, control.Invalid, "10.9.9.9"},
		{"its own address", control.PeeringSet{Rows: map[int]peering.Row{1: self, 2: address(c.Address.String())}}, control.Invalid, "row 2"},
		{"no such row", control.PeeringSet{Rows: map[int]peering.Row{10: self}}, control.Invalid, "row 10"},
		{"an old version", control.PeeringSet{Rows: map[int]peering.Row{1: self}, Version: "old"}, control.Conflict, "changed"},
		{"no such route", control.RouteRemove{ID: 7}, control.NotFound, "route 7"},
		{"a route that is another one by now", control.RouteRemove{ID: 1, CIDR: "10.51.0.0/16"}, control.Conflict, "route 1 leads to 10.50.0.0/16 now"},
		{"the same to be disabled", control.RouteEnable{ID: 1, CIDR: "10.51.0.0/16"}, control.Conflict, "look again"},
		{"a gateway that no packet of the overlay can take", control.RouteAdd{CIDR: "10.9.0.0/16", Gateway: "2001:db8::1"}, control.Invalid, "its gateway is not an IPv4 address"},
		{"a metric beyond all", control.RouteAdd{CIDR: "10.9.0.0/16", Metric: 1 << 40}, control.Invalid, "0 to 2147483647"},
		{"a route over the overlay", control.RouteAdd{CIDR: "100.127.252.0/24", Advertise: true}, control.Invalid, "overlay"},
		{"a weak token", control.KeysetChangeToken{Token: "a"}, control.Invalid, "token"},
		{"removal unconfirmed", control.KeysetRemove{Confirm: "00000000"}, control.Invalid, "confirm"},
		{"no such task", control.TaskCancel{ID: 99}, control.NotFound, "task"},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := c.Snapshot().Peering.Table
			_, err := c.Do(t.Context(), test.do)
			refused, ok := err.(*control.Error)
			if !ok || refused.Kind != test.kind || !strings.Contains(refused.Error(), test.says) {
				t.Errorf("got %v (%+v), want kind %q and a word on %q", err, refused, test.kind, test.says)
			}
			if c.Snapshot().Peering.Table != before {
				t.Error("the table was changed")
			}
		})
	}
}

// TestLicenseSpreads proves that a license upgraded on one controller reaches the others through the mesh,
// and that they agree on the topology checksum again.
func TestLicenseSpreads(t *testing.T) {
	signer, _, err := license.GenerateSigner("test")
	if err != nil {
		t.Fatal(err)
	}
	issue := func(controllers, clientpacks int) string {
		text, err := license.Issue(license.Terms{Topology: "Test", Controllers: controllers, Clientpacks: clientpacks, Subnet: netip.MustParsePrefix("172.31.1.0/24")}, signer)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	network := enginetest.Network()
	a, b := enginetest.Start(t, network, 1, ""), enginetest.Start(t, network, 2, "")
	enginetest.Must[control.LicenseShown](t, a, control.LicenseInstall{Text: issue(2, 10)})
	enginetest.Task(t, a, control.KeysetGenerate{Topology: "Test", Token: enginetest.Token})
	enginetest.Task(t, b, control.KeysetFetch{Source: a.Address.String(), Token: enginetest.Token})
	for i, c := range []*enginetest.Controller{a, b} {
		enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: enginetest.Rows([]*enginetest.Controller{a, b}, i+1)})
	}
	b.Until(t, "the link up", enginetest.AllUp(1))
	enginetest.Must[control.LicenseUpgraded](t, a, control.LicenseUpgrade{Text: issue(3, 20)})
	b.Until(t, "the upgraded license, the link up and one checksum", func(s *status.Snapshot) bool {
		return s.Controller.License.Controllers == 3 && s.Controller.License.Clientpacks == 20 && enginetest.AllUp(1)(s) &&
			s.Controller.TopologyChecksum == a.Snapshot().Controller.TopologyChecksum
	})
}

// TestExpiredLicense proves that a license which has expired stops nothing that runs, is warned of, and keeps
// new peers out until one with a later expiry is there.
func TestExpiredLicense(t *testing.T) {
	signer, _, err := license.GenerateSigner("test")
	if err != nil {
		t.Fatal(err)
	}
	network := enginetest.Network()
	all := []*enginetest.Controller{enginetest.Start(t, network, 1, ""), enginetest.Start(t, network, 2, "")}
	issue := func(days int) string {
		terms := license.Terms{Topology: "Test", Controllers: 3, Clientpacks: 10, Subnet: netip.MustParsePrefix("172.31.1.0/24"), Expires: time.Now().AddDate(0, 0, days)}
		text, err := license.Issue(terms, signer)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	enginetest.Must[control.LicenseShown](t, all[0], control.LicenseInstall{Text: issue(10)})
	enginetest.Task(t, all[0], control.KeysetGenerate{Topology: "Test", Token: enginetest.Token})
	enginetest.Task(t, all[1], control.KeysetFetch{Source: all[0].Address.String(), Token: enginetest.Token})
	for i, c := range all {
		enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: enginetest.Rows(all, i+1)})
	}
	all[0].Until(t, "the link up", enginetest.AllUp(1))
	expired := func(s *status.Snapshot) bool {
		return slices.ContainsFunc(s.Warnings, func(w status.Warning) bool { return w.Code == string(status.LicenseExpired) })
	}

	enginetest.Must[control.LicenseUpgraded](t, all[0], control.LicenseUpgrade{Text: issue(-1)})
	before := all[0].Until(t, "the warning", expired)
	third := control.PeeringSet{Rows: map[int]peering.Row{3: {Kind: peering.Address, Address: "10.9.9.9"}}}
	_, err = all[0].Do(t.Context(), third)
	refused, ok := errors.AsType[*control.Error](err)
	if !ok || refused.Kind != control.NotAllowed || !strings.Contains(refused.Error(), "license has expired") {
		t.Errorf("a new peer under an expired license: %v", err)
	}
	after := all[0].Snapshot()
	if after.Peering.Table != before.Peering.Table || !enginetest.AllUp(1)(after) || !after.Peers[1].Since.Equal(before.Peers[1].Since) {
		t.Errorf("what runs was touched: %v, %+v", after.Peering.Table, after.Peers)
	}

	enginetest.Must[control.LicenseUpgraded](t, all[0], control.LicenseUpgrade{Text: issue(20)})
	all[0].Until(t, "no warning", func(s *status.Snapshot) bool { return !expired(s) })
	enginetest.Must[control.Nothing](t, all[0], third)
}

// TestReplaceDeadController proves that a new machine takes the place of a dead one: it fetches the
// keyset, chooses the same ID, and the others list its address.
func TestReplaceDeadController(t *testing.T) {
	all := enginetest.Mesh(t, 3, "")
	dead := all[1]
	dead.Stop()
	all[0].Until(t, "controller 2 missed", enginetest.AllUp(1))

	address := dead.Address.As4()
	next := enginetest.Start(t, netip.PrefixFrom(netip.AddrFrom4([4]byte{address[0], address[1], address[2], 0}), 24), 50, "")
	if task := enginetest.Task(t, next, control.KeysetFetch{Source: all[2].Address.String(), Token: enginetest.Token}); task.State != status.Done {
		t.Fatalf("fetch from controller 3, which fetched itself: %s", task.Error)
	}
	suggested := next.Until(t, "a suggestion", func(s *status.Snapshot) bool { return s.Suggestion != nil }).Suggestion
	if got := suggested.Table[3]; got.Address != all[2].Address.String() {
		t.Errorf("the source's own row is suggested as %v, want the address fetched from", got)
	}
	all[1] = next
	enginetest.Must[control.Nothing](t, next, control.PeeringSet{Rows: enginetest.Rows(all, 2)})
	for _, c := range []*enginetest.Controller{all[0], all[2]} {
		enginetest.Must[control.Nothing](t, c, control.PeeringSet{Rows: map[int]peering.Row{2: {Kind: peering.Address, Address: next.Address.String()}}})
	}
	for _, c := range all {
		c.Until(t, "all links up and calm", func(s *status.Snapshot) bool { return enginetest.AllUp(2)(s) && len(s.Warnings) == 0 })
	}
}
