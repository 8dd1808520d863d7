package config

import (
	"errors"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"vns3/peering"
)

// An empty file, and one of comments, is the defaults.
func TestParseEmpty(t *testing.T) {
	for _, text := range []string{"", "\n", "# nothing", "\ufeff", "[controller]\n", "[health]\r\n"} {
		if got, err := Parse([]byte(text)); err != nil || !reflect.DeepEqual(got, Default()) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

const whole = `
peering = { 1 = "this instance", 2 = "EC2.example.com.", "3" = "not set" }
[controller]
name = "Controller 1"
topology = 'Acme'
listen = "::ffff:10.0.1.10"
data_dir = "/srv/vns3"
ntp_hosts = ["a.ntp.org", "10.0.0.1"]
[tunnels]
mtu = 1400
peer_mtu = { 3 = 1380 }
[health]
interval = "100ms"
suspect_after = "0.3s"
down_after = "3s"
hold_up = "1s"
hold_up_max = "1m"
[overlay]
interface = "vns0"
[clients]
endpoint = "Vns3.Example:1194"
takeover = "off"
allowed_ips = ["192.168.0.0/16"]
[api]
listen = "[::1]:8001"
password_file = "/p"
tls_cert = "/c"
tls_key = "/k"
[license]
trusted = ["example.net+0684e7a4+ARbLYYBN9vyM2tnwgU6w5Obju++sdfwXXsq3RFByJ0aj"]
[[route]]
cidr = "10.9.0.0/16"
advertise = true
gateway = "10.0.1.1"
interface = "eth1"
metric = 5
description = "office"
disabled = true
[[route]]
cidr = "0.0.0.0/0"
[log]
level = "debug"
format = "json"
[console]
theme = "16"
mouse = false
ascii = true
[console.keys]
quit = ["ctrl+q", "x"]
`

// Every key arrives where it belongs.
func TestParseEveryKey(t *testing.T) {
	want := Config{
		Controller: Controller{Name: "Controller 1", Topology: "Acme", Listen: netip.MustParseAddr("10.0.1.10"),
			DataDir: "/srv/vns3", NTPHosts: []string{"a.ntp.org", "10.0.0.1"}},
		Peering: peering.Table{1: {Kind: peering.Self}, 2: {Kind: peering.Address, Address: "ec2.example.com"}},
		Tunnels: Tunnels{MTU: 1400, PeerMTU: map[int]int{3: 1380}},
		Health: Health{Interval: 100 * time.Millisecond, SuspectAfter: 300 * time.Millisecond, DownAfter: 3 * time.Second,
			HoldUp: time.Second, HoldUpMax: time.Minute},
		Overlay: Overlay{Interface: "vns0"},
		Clients: Clients{Endpoint: "vns3.example:1194", Takeover: Off, AllowedIPs: []netip.Prefix{netip.MustParsePrefix("192.168.0.0/16")}},
		API:     API{Listen: "[::1]:8001", PasswordFile: "/p", TLSCert: "/c", TLSKey: "/k"},
		License: License{Trusted: []string{"example.net+0684e7a4+ARbLYYBN9vyM2tnwgU6w5Obju++sdfwXXsq3RFByJ0aj"}},
		Routes: []Route{
			{CIDR: netip.MustParsePrefix("10.9.0.0/16"), Advertise: true, Gateway: netip.MustParseAddr("10.0.1.1"),
				Interface: "eth1", Metric: 5, Description: "office", Disabled: true},
			{CIDR: netip.MustParsePrefix("0.0.0.0/0")},
		},
		Log:     Log{Level: slog.LevelDebug, Format: "json"},
		Console: Console{Theme: "16", ASCII: true, Keys: map[string][]string{"quit": {"ctrl+q", "x"}}},
	}
	got, err := Parse([]byte(whole))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v\ngot  %+v\nwant %+v", err, got, want)
	}
	if got.Tunnels.MTUOf(3) != 1380 || got.Tunnels.MTUOf(2) != 1400 {
		t.Errorf("MTU of 3: %d, of 2: %d", got.Tunnels.MTUOf(3), got.Tunnels.MTUOf(2))
	}
	crlf, err := Parse([]byte("\ufeff" + strings.ReplaceAll(whole, "\n", "\r\n")))
	if err != nil || !reflect.DeepEqual(crlf, want) {
		t.Errorf("with CRLF and byte order mark: %v", err)
	}
}

// Each thing that can be wrong is told with its place, key, reason and remedy.
func TestParseProblems(t *testing.T) {
	for text, want := range map[string]string{
		"[controller]\nnmae = \"x\"":            `line 2, column 1: controller.nmae: is not a key of the configuration: did you mean name?`,
		"[controler]\nname = \"x\"":             `line 1, column 2: controler: is not a key of the configuration: did you mean controller?`,
		"[controller]\ninterval = \"1s\"":       `line 2, column 1: controller.interval: is not a key of the configuration: it belongs below [health]`,
		"[log]\ncidr = \"1s\"":                  `line 2, column 1: log.cidr: is not a key of the configuration: it belongs below [[route]]`,
		"[log]\nzzzzzz = 1":                     `line 2, column 1: log.zzzzzz: is not a key of the configuration: keys here are level, format`,
		"zzzzzzzzzz = 1":                        `line 1, column 1: zzzzzzzzzz: is not a key of the configuration: tables are controller, peering, tunnels, health, overlay, clients, api, license, route, log, console`,
		"[tunnels]\nmtu = \"1400\"":             `line 2, column 1: tunnels.mtu: is a string, not an integer: write a whole number from 500 to 4800`,
		"[tunnels]\n  mtu = 48000":              `line 2, column 3: tunnels.mtu: is 48000: write a whole number from 500 to 4800`,
		"[tunnels]\nmtu = 1e3":                  `line 2, column 1: tunnels.mtu: is a number with a fraction, not an integer: write a whole number from 500 to 4800`,
		"[tunnels]\npeer_mtu = { 10 = 1380 }":   `line 2, column 14: tunnels.peer_mtu.10: "10" is no controller ID: write one from 1 to 9`,
		"[tunnels]\npeer_mtu = 1380":            `line 2, column 1: tunnels.peer_mtu: is an integer, not a table: write [tunnels.peer_mtu] on a line of its own, its keys below it`,
		"[peering]\n1 = true":                   `line 2, column 1: peering.1: is a boolean, not a string: write it in quotes`,
		"[peering]\n2 = \"10.0.0.1:1195\"":      `line 2, column 1: peering.2: "10.0.0.1:1195" has a port: the ports are fixed (UDP 1194 + ID): write 10.0.0.1`,
		"[peering]\n1 = \"self\"\n2 = \"self\"": `line 3, column 1: peering.2: rows 1 and 2 say "this instance": choose it in the one row that is this controller`,
		"[controller]\nlisten = \"10.0.0.1\"\n[peering]\n2 = \"10.0.0.1\"":   `line 4, column 1: peering.2: row 2: 10.0.0.1 points at this controller itself: if this is controller 2 choose "this instance", else write its address`,
		"[controller]\nlisten = \"0.0.0.0\"":                                 `line 2, column 1: controller.listen: is 0.0.0.0: leave the key out to listen on all addresses`,
		"[controller]\nlisten = \"eth0\"":                                    `line 2, column 1: controller.listen: is "eth0", not an IP address: write an IPv4 or IPv6 address`,
		"[controller]\nlisten = \"fe80::1%eth0\"":                            `line 2, column 1: controller.listen: is fe80::1%eth0, not a unicast address without a zone: write an address of this machine`,
		"[controller]\nname = \"a\\nb\"":                                     `line 2, column 1: controller.name: has a control character: write plain text`,
		"[controller]\nname = \"" + strings.Repeat("ä", 65) + "\"":           `line 2, column 1: controller.name: is 65 characters long: write at most 64`,
		"[controller]\ndata_dir = \"a\\u0000\"":                              `line 2, column 1: controller.data_dir: has a zero byte: write a path`,
		"[controller]\nntp_hosts = \"a\"":                                    `line 2, column 1: controller.ntp_hosts: is a string, not a list: write ["…", "…"]`,
		"[controller]\nntp_hosts = [\"a\", \"\"]":                            `line 2, column 1: controller.ntp_hosts: entry 2 is empty: leave it out`,
		"[controller]\nntp_hosts = [\"a:1\"]":                                `line 2, column 1: controller.ntp_hosts: entry 1 "a:1" has a port: the ports are fixed (UDP 1194 + ID): write a`,
		"[health]\ninterval = 50":                                            `line 2, column 1: health.interval: is an integer, not a string: write it in quotes`,
		"[health]\ninterval = \"50\"":                                        `line 2, column 1: health.interval: is "50", not a duration: write a number with its unit, such as "50ms" or "3s"`,
		"[health]\nhold_up = \"-1s\"":                                        `line 2, column 1: health.hold_up: is -1s: write a duration from 0s to 1h`,
		"[health]\ninterval = \"1ms\"":                                       `line 2, column 1: health.interval: must be at least 10ms: change one of them`,
		"[health]\nsuspect_after = \"99ms\"":                                 `line 2, column 1: health.suspect_after: must be at least twice health.interval, which is 50ms: change one of them`,
		"[health]\ninterval = \"1s\"\ndown_after = \"9s\"":                   `line 1, column 2: health.suspect_after: must be at least twice health.interval, which is 1s: change one of them`,
		"[health]\ndown_after = \"150ms\"":                                   `line 2, column 1: health.down_after: must be more than health.suspect_after, which is 150ms: change one of them`,
		"[health]\nhold_up = \"61s\"":                                        `line 1, column 2: health.hold_up_max: must be at least health.hold_up, which is 61s: change one of them`,
		"[overlay]\ninterface = \"a-name-that-is-too-long\"":                 `line 2, column 1: overlay.interface: is "a-name-that-is-too-long", not the name of an interface: write at most 15 characters without space, slash and colon`,
		"[clients]\nendpoint = \"a:0\"":                                      `line 2, column 1: clients.endpoint: has the port "0": write a port from 1 to 65535`,
		"[clients]\nendpoint = \"http://a\"":                                 `line 2, column 1: clients.endpoint: "http://a" is a URL: write only the host of it`,
		"[clients]\nendpoint = \"a_b:1\"":                                    `line 2, column 1: clients.endpoint: "a_b" has the character '_', a host name has letters, digits and hyphens: write an IP address or a DNS name`,
		"[clients]\ntakeover = \"on\"":                                       `line 2, column 1: clients.takeover: is "on": write "auto" or "off"`,
		"[clients]\nallowed_ips = [\"10.0.0.1/8\"]":                          `line 2, column 1: clients.allowed_ips: entry 1 is 10.0.0.1/8, which has bits set outside its mask: write 10.0.0.0/8`,
		"[api]\nlisten = \"8000\"":                                           `line 2, column 1: api.listen: is "8000", not an address and a port: write ":8000", or "10.0.1.10:8000" to listen on one address`,
		"[api]\nlisten = \"a:8000\"":                                         `line 2, column 1: api.listen: has the host "a", not an IP address: write ":8000", or "10.0.1.10:8000" to listen on one address`,
		"[api]\nlisten = \":http\"":                                          `line 2, column 1: api.listen: has the port "http": write ":8000", or "10.0.1.10:8000" to listen on one address`,
		"[api]\ntls_cert = \"/c\"":                                           `line 2, column 1: api.tls_cert: is set without api.tls_key: add api.tls_key, or remove it`,
		"[api]\ntls_key = \"/c\"":                                            `line 2, column 1: api.tls_key: is set without api.tls_cert: add api.tls_cert, or remove it`,
		"[license]\ntrusted = [\"x\"]":                                       "line 2, column 1: license.trusted: entry 1 is not a verifier key: copy the whole line that `vns3 license issue` printed",
		"[route]\ncidr = \"10.0.0.0/8\"":                                     `line 1, column 2: route: is a table, not a list of routes: write [[route]] above the keys of each route`,
		"route = [1]":                                                        `line 1, column 10: route[1]: is an integer, not a route: write [[route]] above the keys of each route`,
		"[[route]]\nmetric = 1":                                              `line 1, column 3: route[1]: has no cidr: write its destination, such as cidr = "192.168.10.0/24"`,
		"[[route]]\ncidr = \"fd00::/8\"":                                     `line 2, column 1: route[1].cidr: is fd00::/8: the overlay carries IPv4: write an IPv4 subnet`,
		"[[route]]\ncidr = \"10.0.0.0\"":                                     `line 2, column 1: route[1].cidr: is "10.0.0.0", not a subnet: write a subnet such as 192.168.10.0/24`,
		"[[route]]\ncidr = \"10.0.0.0/8\"\ngateway = \"::1\"":                `line 3, column 1: route[1].gateway: is ::1: the overlay carries IPv4: write an IPv4 address`,
		"[[route]]\ncidr = \"10.0.0.0/8\"\nadvertise = \"False\"":            `line 3, column 1: route[1].advertise: is a string, not a boolean: write true or false, without quotes`,
		"[[route]]\ncidr = \"10.0.0.0/8\"\n[[route]]\ncidr = \"10.0.0.0/8\"": `line 3, column 3: route[2]: is the same route as route[1]: remove one, or give it another metric`,
		"[log]\nlevel = \"trace\"":                                           `line 2, column 1: log.level: is "trace": write "debug", "error", "info" or "warn"`,
		"[console.keys]\nquit = [1979-05-27]":                                `line 2, column 1: console.keys.quit: entry 1 is a date, not a string: write it in quotes`,
		"[console.keys]\nquit = {}":                                          `line 2, column 1: console.keys.quit: is a table, not a list: write ["…", "…"]`,
		"\ufeff[controller]\nname = 1":                                       `line 2, column 1: controller.name: is an integer, not a string: write it in quotes`,
		"[controller]\nname = \"ä\"; topology = \"x\"":                       `line 2, column 11: expected newline but got U+003B ';': correct the line`,
		"\xff": `the file is not UTF-8 text: save it as UTF-8`,
	} {
		_, err := Parse([]byte(text))
		var problems Problems
		if !errors.As(err, &problems) || problems.Error() != want {
			t.Errorf("%q\ngot  %v\nwant %s", text, err, want)
		}
	}
}

// Everything that is wrong is told at once, in order of the places.
func TestParseTellsAll(t *testing.T) {
	_, err := Parse([]byte("[tunnels]\nmtu = 1\n[controller]\nlisten = 5\nnmae = \"x\"\n[peering]\n1 = \"a:1\"\n2 = \"self\"\n3 = \"self\"\n"))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatal(err)
	}
	var got []string
	for _, p := range problems {
		got = append(got, p.Key)
	}
	want := []string{"tunnels.mtu", "controller.listen", "controller.nmae", "peering.1", "peering.3"}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// The API listens where it is told, on controller.listen where it is told no host.
func TestAPIAddress(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      ":8000",
		"[controller]\nlisten = \"127.0.0.11\"": "127.0.0.11:8000",
		"[controller]\nlisten = \"fd00::1\"":    "[fd00::1]:8000",
		"api.listen = \"0.0.0.0:1\"\n[controller]\nlisten = \"10.0.0.1\"": "0.0.0.0:1",
	} {
		c, err := Parse([]byte(text))
		if err != nil || c.APIAddress() != want {
			t.Errorf("%q: %q, %v; want %q", text, c.APIAddress(), err, want)
		}
	}
}

// The distance counts what a typist does wrong.
func TestEditDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		n    int
	}{{"", "", 0}, {"", "ab", 2}, {"name", "name", 0}, {"nmae", "name", 1}, {"nam", "name", 1}, {"lisent", "listen", 2}, {"abc", "xyz", 3}} {
		if n := editDistance(c.a, c.b); n != c.n || editDistance(c.b, c.a) != n {
			t.Errorf("%q to %q: %d, want %d", c.a, c.b, n, c.n)
		}
	}
}

// What differs between two configurations is told by key, rows with their values.
func TestDiff(t *testing.T) {
	a, _ := Parse([]byte("[peering]\n1 = \"self\"\n2 = \"a.example\"\n"))
	b, _ := Parse([]byte("[peering]\n1 = \"self\"\n[health]\nhold_up = \"1s\"\n[controller]\ndata_dir = \"/x\"\n[[route]]\ncidr = \"10.0.0.0/8\""))
	d := Diff(a, b)
	if want := []string{"controller.data_dir", "peering.ID", "health.hold_up", "route[].cidr", "route[].advertise", "route[].metric", "route[].disabled"}; !reflect.DeepEqual(d.Keys, want) {
		t.Errorf("keys %v, want %v", d.Keys, want)
	}
	for name, want := range map[string]bool{"peering": true, "health": true, "health.hold_up": true, "health.hold": false, "route": true, "routes": false, "api": false} {
		if d.Touches(name) != want {
			t.Errorf("Touches(%q) = %v", name, !want)
		}
	}
	if !reflect.DeepEqual(d.Restart, []string{"controller.data_dir"}) || len(d.Peering) != 1 || d.None() {
		t.Errorf("%+v", d)
	}
	if !strings.HasPrefix(d.String(), "row 2: a.example → not set: ") || !strings.Contains(d.String(), "; controller.data_dir; health.hold_up") {
		t.Errorf("%s", d)
	}
	if d := Diff(b, b); !d.None() || d.String() != "" {
		t.Errorf("equal configurations differ: %s", d)
	}
}

// No bytes make Parse panic; what it takes has no problem, and is not the result of a half-read file.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"", whole, ExampleFile(), "[peering]\n1=\"self\"\n[[route]]\n", "a.b.c = {d=[{e=1}]}", "\ufeff[x]", "[[route]]\n[route.x]\n", "route = [[{}]]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := Parse(data)
		if err == nil && len(peering.Check(c.Peering, peering.Rules{}).Errors()) > 0 {
			t.Errorf("a bad table was taken: %v", c.Peering)
		}
		var problems Problems
		if err != nil && (!errors.As(err, &problems) || len(problems) == 0) {
			t.Errorf("%T: %v", err, err)
		}
	})
}

// Files made to hurt are refused: what nests without end, and what is wrong without end.
func TestParseHostile(t *testing.T) {
	const many = maxFileSize / 4
	for name, c := range map[string]struct{ text, reason string }{
		"arrays":   {"a = " + strings.Repeat("[", many), "nested"},
		"tables":   {"a = " + strings.Repeat("{a=", many), "nested"},
		"deep":     {"a = " + strings.Repeat("[", 100) + strings.Repeat("]", 100), "nested too deeply"},
		"key":      {strings.Repeat("a.", many) + "a = 1", "nested too deeply"},
		"header":   {"[" + strings.Repeat("a.", many) + "a]", "nested too deeply"},
		"problems": {strings.Repeat("[[route]]\n", 1000), "route[100]: has no cidr"},
	} {
		_, err := Parse([]byte(c.text))
		var problems Problems
		if !errors.As(err, &problems) || !strings.Contains(err.Error(), c.reason) || len(problems) > maxProblems {
			t.Errorf("%s: %d problems, %.200v", name, len(problems), err)
		}
	}
}
