package config

import (
	"bytes"
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"vns3/peering"
)

var (
	self = peering.Row{Kind: peering.Self}
	peer = peering.Row{Kind: peering.Address, Address: "10.0.3.10"}
)

func office() Route {
	return Route{CIDR: netip.MustParsePrefix("10.9.0.0/16"), Advertise: true, Description: "office"}
}

// Each edit, in each way that a file may be written, changes what it should and no other byte.
func TestEdit(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		change Change
		after  string
	}{
		"value": {"# a\n[tunnels]\n  mtu   =  1420   # b\n\n[log]\n", Set("tunnels.mtu", 1400),
			"# a\n[tunnels]\n  mtu   =  1400   # b\n\n[log]\n"},
		"same value":              {"[tunnels]\nmtu = 1_420\n", Set("tunnels.mtu", 1420), "[tunnels]\nmtu = 1_420\n"},
		"CRLF":                    {"[tunnels]\r\nmtu = 1420\r\n", Set("tunnels.mtu", 1400), "[tunnels]\r\nmtu = 1400\r\n"},
		"CRLF, new key":           {"[tunnels]\r\nmtu = 1420\r\n", Set("log.format", "json"), "[tunnels]\r\nmtu = 1420\r\n\r\n[log]\r\nformat = \"json\"\r\n"},
		"byte order mark":         {"\ufeffcontroller.name = \"a\"\n", Set("controller.name", "b"), "\ufeffcontroller.name = \"b\"\n"},
		"no final line break":     {"[tunnels]\nmtu = 1420", Set("tunnels.mtu", 1400), "[tunnels]\nmtu = 1400"},
		"behind no line break":    {"[controller]\nname = \"a\"", Set("controller.topology", "b"), "[controller]\nname = \"a\"\ntopology = \"b\""},
		"section, no line break":  {"[controller]", Set("controller.topology", "b"), "[controller]\ntopology = \"b\""},
		"literal string":          {"[controller]\nname = 'a' # 'x'\n", Set("controller.name", `b"c`), "[controller]\nname = 'b\"c' # 'x'\n"},
		"literal string, quote":   {"[controller]\nname = 'a'\n", Set("controller.name", "b'c"), "[controller]\nname = \"b'c\"\n"},
		"string of several lines": {"[controller]\nname = \"\"\"\na\"\"\"\n", Set("controller.name", "b"), "[controller]\nname = \"b\"\n"},
		"quoted key":              {"[\"controller\"]\n'name' = \"a\"\n", Set("controller.name", "b"), "[\"controller\"]\n'name' = \"b\"\n"},
		"key with an escape":      {"[controller]\n\"n\\u0061me\" = \"a\"\n", Set("controller.name", "b"), "[controller]\n\"n\\u0061me\" = \"b\"\n"},
		"equals in a quoted key":  {"[console.keys]\n\"a=b\" = [\"x\"]\nquit = [ \"y\" ]\n", Set("console.keys.quit", []string{"z"}), "[console.keys]\n\"a=b\" = [\"x\"]\nquit = [\"z\"]\n"},
		"dotted key":              {"tunnels . mtu = 1420\n", Set("tunnels.mtu", 1400), "tunnels . mtu = 1400\n"},
		"dotted key, new":         {"tunnels.mtu = 1420\nlog.format=\"json\"\n[api]\n", Set("tunnels.peer_mtu.3", 1380), "tunnels.mtu = 1420\ntunnels.peer_mtu.3 = 1380\nlog.format=\"json\"\n[api]\n"},
		"dotted in a section":     {"[tunnels]\npeer_mtu.2 = 1300\nmtu = 1420\n", Set("tunnels.peer_mtu.3", 1380), "[tunnels]\npeer_mtu.2 = 1300\npeer_mtu.3 = 1380\nmtu = 1420\n"},
		"inline table":            {"tunnels = { mtu = 1420 , peer_mtu = {3=1380} } # x\n", Set("tunnels.peer_mtu.3", 1300), "tunnels = { mtu = 1420 , peer_mtu = {3=1300} } # x\n"},
		"inline table, new key":   {"[tunnels]\npeer_mtu = { 3 = 1380 }\n", Set("tunnels.peer_mtu.4", 1300), "[tunnels]\npeer_mtu = { 3 = 1380, 4 = 1300 }\n"},
		"inline table, empty":     {"[tunnels]\npeer_mtu = {}\n", Set("tunnels.peer_mtu.4", 1300), "[tunnels]\npeer_mtu = { 4 = 1300 }\n"},
		"inline table, a space":   {"[tunnels]\npeer_mtu = { }\n", Set("tunnels.peer_mtu.4", 1300), "[tunnels]\npeer_mtu = { 4 = 1300 }\n"},
		"inline table, deep":      {"tunnels = { mtu = 1420 }\n", Set("tunnels.peer_mtu.4", 1300), "tunnels = { mtu = 1420, peer_mtu.4 = 1300 }\n"},
		"new table below another": {"[tunnels]\nmtu = 1420\n", Set("tunnels.peer_mtu.4", 1300), "[tunnels]\nmtu = 1420\npeer_mtu.4 = 1300\n"},
		"table above another":     {"[tunnels.peer_mtu]\n4 = 1300\n", Set("tunnels.mtu", 1400), "[tunnels.peer_mtu]\n4 = 1300\n\n[tunnels]\nmtu = 1400\n"},
		"own header":              {"[tunnels]\n[tunnels.peer_mtu]\n4 = 1300\n", Set("tunnels.peer_mtu.3", 1400), "[tunnels]\n[tunnels.peer_mtu]\n3 = 1400\n4 = 1300\n"},
		"empty file":              {"", Set("peering.1", self), "[peering]\n1 = \"this instance\"\n"},
		"file of comments":        {"# x", Set("peering.1", self), "# x\n\n[peering]\n1 = \"this instance\""},
		"row between rows":        {"[peering]\n1 = \"self\"\n\t2 = \"a\"\n4 = \"b\"\n", Set("peering.3", peer), "[peering]\n1 = \"self\"\n\t2 = \"a\"\n\t3 = \"10.0.3.10\"\n4 = \"b\"\n"},
		"row above rows":          {"[peering]\n 2 = \"a\"\n4 = \"b\"\n", Set("peering.1", self), "[peering]\n 1 = \"this instance\"\n 2 = \"a\"\n4 = \"b\"\n"},
		"row above a comment":     {"[peering]\n# here\n2 = \"a\"\n", Set("peering.1", self), "[peering]\n# here\n2 = \"a\"\n1 = \"this instance\"\n"},
		"row becomes not set":     {"[peering]\n1 = \"self\"\n3 = \"10.0.3.10\" # three\n", Set("peering.3", peering.Row{}), "[peering]\n1 = \"self\"\n3 = \"not set\" # three\n"},
		"row stays away":          {"[peering]\n1 = \"self\"\n", Set("peering.3", peering.Row{}), "[peering]\n1 = \"self\"\n"},
		"below its comment":       {"[controller]\n# name: see above\n#listen = \"10.0.1.10\" # or not\nname = \"a\"\n", Set("controller.listen", netip.MustParseAddr("10.0.0.1")), "[controller]\n# name: see above\n#listen = \"10.0.1.10\" # or not\nlisten = \"10.0.0.1\"\nname = \"a\"\n"},
		"order of the reference":  {"[health]\ninterval = \"50ms\" # i\ndown_after = \"2s\"\n", Set("health.suspect_after", 200*time.Millisecond), "[health]\ninterval = \"50ms\" # i\nsuspect_after = \"200ms\"\ndown_after = \"2s\"\n"},
		"behind a long value":     {"[controller]\nntp_hosts = [ # two\n  \"a\",\n  \"b\", # last\n]\n# end\n", Set("controller.name", "x"), "[controller]\nname = \"x\"\nntp_hosts = [ # two\n  \"a\",\n  \"b\", # last\n]\n# end\n"},
		"long value":              {"[controller]\nntp_hosts = [ # two\n  \"a\", # x\n] # end\n", Set("controller.ntp_hosts", []string{"b", "c"}), "[controller]\nntp_hosts = [\"b\", \"c\"] # end\n"},
		"boolean":                 {"[console]\nmouse=true\n", Set("console.mouse", false), "[console]\nmouse=false\n"},

		"unset":                  {"[tunnels]\nmtu = 1400 # low\npeer_mtu = {}\n", Unset("tunnels.mtu"), "[tunnels]\npeer_mtu = {}\n"},
		"unset what is not":      {"[tunnels]\n", Unset("tunnels.mtu"), "[tunnels]\n"},
		"unset, last line":       {"[tunnels]\nmtu = 1400", Unset("tunnels.mtu"), "[tunnels]\n"},
		"unset, long value":      {"[controller]\nntp_hosts = [\n\"a\"\n]\nname = \"x\"\n", Unset("controller.ntp_hosts"), "[controller]\nname = \"x\"\n"},
		"unset, inline first":    {"tunnels = { mtu = 1420, peer_mtu = {} }\n", Unset("tunnels.mtu"), "tunnels = { peer_mtu = {} }\n"},
		"unset, inline last":     {"tunnels = { peer_mtu = {}, mtu = 1420 }\n", Unset("tunnels.mtu"), "tunnels = { peer_mtu = {} }\n"},
		"unset, inline only":     {"tunnels = { mtu = 1420 }\n", Unset("tunnels.mtu"), "tunnels = {  }\n"},
		"unset, inline middle":   {"health = { hold_up = \"1s\" ,interval = \"60ms\" , hold_up_max = \"9s\" }\n", Unset("health.interval"), "health = { hold_up = \"1s\" ,hold_up_max = \"9s\" }\n"},
		"unset, inline comments": {"health = {\n hold_up = \"1s\", # one\n interval = \"60ms\" # two\n}\n", Unset("health.interval"), "health = {\n hold_up = \"1s\" # one\n  # two\n}\n"},
		"unset, comment, comma":  {"health = {\n hold_up = \"1s\" # one\n , interval = \"60ms\" }\n", Unset("health.hold_up"), "health = {\n  # one\n  interval = \"60ms\" }\n"},
		"unset a table":          {"[tunnels]\nmtu = 1400\npeer_mtu.3 = 1380\n[tunnels.x]\n", Unset("tunnels"), "[tunnels]\n[tunnels.x]\n"},
		"unset a family":         {"[tunnels.peer_mtu]\n3 = 1380\n# x\n4 = 1380\n[log]\n", Unset("tunnels.peer_mtu"), "[tunnels.peer_mtu]\n# x\n[log]\n"},

		"route to nothing":        {"", AddRoute(office()), "[[route]]\ncidr = \"10.9.0.0/16\"\nadvertise = true\ndescription = \"office\"\n"},
		"route behind the last":   {"[[route]]\ncidr = \"10.1.0.0/16\"\n# its comment\n\n# of the log\n[log]\n", AddRoute(office()), "[[route]]\ncidr = \"10.1.0.0/16\"\n# its comment\n\n[[route]]\ncidr = \"10.9.0.0/16\"\nadvertise = true\ndescription = \"office\"\n\n# of the log\n[log]\n"},
		"route above a section":   {"[[route]]\ncidr = \"10.1.0.0/16\"\n# of the log\n[log]\n", AddRoute(office()), "[[route]]\ncidr = \"10.1.0.0/16\"\n\n[[route]]\ncidr = \"10.9.0.0/16\"\nadvertise = true\ndescription = \"office\"\n\n# of the log\n[log]\n"},
		"route, no line break":    {"[log]", AddRoute(office()), "[log]\n\n[[route]]\ncidr = \"10.9.0.0/16\"\nadvertise = true\ndescription = \"office\""},
		"route into an array":     {"route = [\n  { cidr = \"10.1.0.0/16\", metric = 1 }, # one\n]\n", AddRoute(office()), "route = [\n  { cidr = \"10.1.0.0/16\", metric = 1 }, { cidr = \"10.9.0.0/16\", advertise = true, description = \"office\" }, # one\n]\n"},
		"route into an empty one": {"route = []\n", AddRoute(office()), "route = [{ cidr = \"10.9.0.0/16\", advertise = true, description = \"office\" }]\n"},
		"remove a route":          {"# all\n\n# first\n[[route]]\ncidr = \"10.1.0.0/16\" # x\n# in it\n\n# second\n[[route]]\ncidr = \"10.2.0.0/16\"\n", RemoveRoute(0), "# all\n\n# first\n\n# second\n[[route]]\ncidr = \"10.2.0.0/16\"\n"},
		"remove the last route":   {"[log]\n\n[[route]]\ncidr = \"10.1.0.0/16\"\n", RemoveRoute(0), "[log]\n"},
		"remove, then nothing":    {"[[route]]\ncidr = \"10.1.0.0/16\"", RemoveRoute(0), ""},
		"remove between":          {"[log]\n\n[[route]]\ncidr = \"10.1.0.0/16\"\n\n[api]\n", RemoveRoute(0), "[log]\n\n[api]\n"},
		"remove from an array":    {"route = [{ cidr = \"10.1.0.0/16\" }, {cidr=\"10.2.0.0/16\"}]\n", RemoveRoute(1), "route = [{ cidr = \"10.1.0.0/16\" }]\n"},
		"remove first of array":   {"route = [\n {cidr=\"10.1.0.0/16\"},\n {cidr=\"10.2.0.0/16\"},\n]\n", RemoveRoute(0), "route = [\n \n {cidr=\"10.2.0.0/16\"},\n]\n"},
		"set in a route":          {"[[route]]\ncidr = \"10.1.0.0/16\"\n[[route]]\ncidr = \"10.2.0.0/16\" # two\n", SetRoute(1, "disabled", true), "[[route]]\ncidr = \"10.1.0.0/16\"\n[[route]]\ncidr = \"10.2.0.0/16\" # two\ndisabled = true\n"},
		"change in a route":       {"[[route]]\ncidr = \"10.1.0.0/16\"\nmetric = 0x10\n", SetRoute(0, "metric", 7), "[[route]]\ncidr = \"10.1.0.0/16\"\nmetric = 7\n"},
		"set in an array":         {"route = [{cidr=\"10.1.0.0/16\"}]\n", SetRoute(0, "disabled", true), "route = [{cidr=\"10.1.0.0/16\", disabled = true}]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			before := strings.ReplaceAll(c.before, "[tunnels.x]\n", "")
			after := strings.ReplaceAll(c.after, "[tunnels.x]\n", "")
			got, err := Edit([]byte(before), c.change)
			if err != nil || string(got) != after {
				t.Errorf("%v\ngot  %q\nwant %q", err, got, after)
			}
		})
	}
}

// What cannot be done is refused with its reason, and a result that is not valid as Problems.
func TestEditRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		before string
		change Change
		reason string
	}{
		"bad value":      {"", Set("tunnels.mtu", 1), "is 1: write a whole number"},
		"bad type":       {"", Set("tunnels.mtu", "x"), "is a string, not an integer"},
		"no such type":   {"", Set("tunnels.mtu", 1.5), "a float64 cannot be a value"},
		"unknown key":    {"", Set("tunnels.mtv", 1), "did you mean mtu?"},
		"a table":        {"", Set("tunnels", 1), "is not a key"},
		"nothing":        {"", Set("", 1), "is not a key"},
		"two selves":     {"[peering]\n1 = \"self\"\n", Set("peering.2", self), `rows 1 and 2 say "this instance"`},
		"no TOML":        {"[peering\n", Set("peering.2", self), "line 1"},
		"below a value":  {"tunnels = 5\n", Set("tunnels.mtu", 1400), "tunnels.mtu: it would stand below a value"},
		"no such route":  {"", RemoveRoute(0), "there is no route[1]"},
		"route below 0":  {"", RemoveRoute(-1), "there is no route[0]"},
		"set no route":   {"", SetRoute(0, "metric", 1), "there is no route[1]"},
		"set past route": {"[[route]]\ncidr = \"10.0.0.0/8\"\n", SetRoute(1, "metric", 1), "there is no route[2]"},
		"route no cidr":  {"", AddRoute(Route{}), "has no cidr"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Edit([]byte(c.before), c.change)
			if err == nil || got != nil || !strings.Contains(err.Error(), c.reason) {
				t.Errorf("got %q, %v; want %q", got, err, c.reason)
			}
		})
	}
	var problems Problems
	if _, err := Edit(nil, Set("tunnels.mtu", 1)); !errors.As(err, &problems) {
		t.Errorf("%T is not Problems", err)
	}
}

// Several changes are made in order, all or none.
func TestEditSeveral(t *testing.T) {
	rows := map[int]peering.Row{1: {}, 2: self, 3: peer}
	before := "[peering]\n1 = \"self\"\n"
	got, err := Edit([]byte(before), SetRows(rows)...)
	want := "[peering]\n1 = \"not set\"\n2 = \"this instance\"\n3 = \"10.0.3.10\"\n"
	if err != nil || string(got) != want {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := Edit([]byte(before), Set("log.format", "json"), RemoveRoute(3)); err == nil || got != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// A route that is added and removed again leaves the file as it was.
func TestAddAndRemoveRoute(t *testing.T) {
	for _, before := range []string{ExampleFile(), "", "[log]\n", "# x\n", "[[route]]\ncidr = \"10.1.0.0/16\"\n\n# y\n[log]\n"} {
		c, err := Parse([]byte(before))
		if err != nil {
			t.Fatal(err)
		}
		added, err := Edit([]byte(before), AddRoute(office()))
		if err != nil {
			t.Fatal(err)
		}
		after, err := Edit(added, RemoveRoute(len(c.Routes)))
		if err != nil || string(after) != before {
			t.Errorf("%v\ngot  %q\nwant %q", err, after, before)
		}
	}
}

// A key set in the example file goes below its commented line, and only one line is new.
func TestEditExampleFile(t *testing.T) {
	before := ExampleFile()
	got, err := Edit([]byte(before), Set("controller.listen", "10.0.1.10"))
	want := strings.Replace(before, "#listen = \"10.0.1.10\"\n", "#listen = \"10.0.1.10\"\nlisten = \"10.0.1.10\"\n", 1)
	if err != nil || string(got) != want {
		t.Errorf("%v\n%s", err, got)
	}
}

// sameOutside says whether b is a with one stretch replaced, and the stretch stands in the lines that
// the edit may touch: everything before and behind is the same, byte for byte.
func sameOutside(a, b []byte) (before, removed, inserted []byte) {
	start := 0
	for start < len(a) && start < len(b) && a[start] == b[start] {
		start++
	}
	end := 0
	for end < len(a)-start && end < len(b)-start && a[len(a)-1-end] == b[len(b)-1-end] {
		end++
	}
	return a[:start], a[start : len(a)-end], b[start : len(b)-end]
}

// Setting a value back gives the same bytes where its text is as vns3 writes it.
func TestEditThereAndBack(t *testing.T) {
	text := []byte(ExampleFile())
	for _, c := range []struct {
		key       string
		there, of any
	}{
		{"tunnels.mtu", 1300, DefaultMTU}, {"health.hold_up", 5 * time.Second, DefaultHoldUp},
		{"clients.takeover", Off, Auto}, {"console.mouse", false, true}, {"api.listen", ":1", DefaultAPIListen},
	} {
		there, err := Edit(text, Set(c.key, c.there))
		if err != nil {
			t.Fatal(err)
		}
		before, removed, inserted := sameOutside(text, there)
		if bytes.ContainsRune(removed, '\n') || bytes.ContainsRune(inserted, '\n') || len(before) == 0 {
			t.Errorf("%s: %q became %q", c.key, removed, inserted)
		}
		back, err := Edit(there, Set(c.key, c.of))
		if err != nil || !reflect.DeepEqual(back, text) {
			t.Errorf("%s: %v", c.key, err)
		}
	}
}
