package api_test

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/status"
)

type m = map[string]any

// The peering table: every row as documented, strings for numbers, staging, applying, deleting.
func TestPeering(t *testing.T) {
	_, c := finished(t)
	got := c.object("GET", "/api/peering", nil)
	c.want("GET /peering", got, m{"peered": true, "id": 1, "controllers": got["managers"], "managers": m{
		"1": m{"id": 1, "overlay_ipaddress": "100.127.255.253", "self": true},
		"2": m{"id": 2, "overlay_ipaddress": "100.127.255.252", "not_set": true},
		"3": m{"id": 3, "overlay_ipaddress": "100.127.255.251", "not_set": true},
		"4": m{"id": 4, "overlay_ipaddress": "100.127.255.250", "not_set": true},
	}})
	row := func(reply m, id string) m { return reply["managers"].(m)[id].(m) }
	c.want("POST", row(c.object("POST", "/api/peering/peers", m{"id": 2, "name": "10.0.2.10"}), "2"),
		m{"address": "10.0.2.10", "mtu": "1500", "reachable": true, "not_set": nil, "self": nil})
	c.want("PUT mtu as a string", row(c.object("PUT", "/api/peering/peers/2", m{"overlay_mtu": "1400"}), "2"), m{"address": "10.0.2.10", "mtu": "1400"})
	c.want("PUT mtu as a number", row(c.object("PUT", "/api/peering/peers/2", m{"overlay_mtu": 4800, "name": "Peer2.Example."}), "2"), m{"address": "peer2.example", "mtu": "4800"})
	c.want("DELETE", row(c.object("DELETE", "/api/peering/peers/2", nil), "2"), m{"not_set": true, "address": nil})
	c.want("DELETE again", row(c.object("DELETE", "/api/peering/peers/2", nil), "2"), m{"not_set": true})

	staged := c.object("POST", "/api/peering/peers", m{"id": "3", "name": "10.0.3.10", "force": "False"})
	c.want("staged", row(staged, "3"), m{"address": "10.0.3.10", "reachable": false})
	c.want("applied", row(c.object("PUT", "/api/peering", nil), "3"), m{"address": "10.0.3.10", "reachable": true})

	moved := c.object("PUT", "/api/peering/self", m{"id": 3})
	c.want("self on a row with an address", moved, m{"id": 3})
	c.want("the old own row", row(moved, "1"), m{"not_set": true, "self": nil})
	c.want("the new own row", row(moved, "3"), m{"self": true, "address": nil})

	for _, bad := range []struct {
		method, path string
		body         any
		message      string
	}{
		{"PUT", "/api/peering/self", m{"id": 5}, "id is invalid"},
		{"PUT", "/api/peering/self", m{"id": "one"}, "id is invalid"},
		{"PUT", "/api/peering/self", nil, "id is invalid"},
		{"POST", "/api/peering/peers", m{"id": 5, "name": "10.0.5.10"}, "5 is an invalid controller id"},
		{"POST", "/api/peering/peers", m{"id": 3, "name": "10.0.5.10"}, "3 is an invalid controller id"},
		{"POST", "/api/peering/peers", m{"id": 2}, "name is missing"},
		{"DELETE", "/api/peering/peers/20", nil, "20 is invalid as controller id."},
		{"PUT", "/api/peering/peers/2", m{"overlay_mtu": 499, "name": "a"}, "overlay_mtu must be an integer between 500 and 4,800"},
		{"PUT", "/api/peering/peers/2", m{"overlay_mtu": "4801", "name": "a"}, "overlay_mtu must be an integer between 500 and 4,800"},
		{"PUT", "/api/peering/peers/2", m{}, "name is missing"},
		{"POST", "/api/peering/peers", m{"id": 2, "name": "10.0.2.10", "bogus": 1}, `"bogus" is not an argument of this call`},
	} {
		c.refused(bad.method, bad.path, bad.body, 400, "APIArgumentError", bad.message)
	}
}

// Arguments count the same in body and query string, with any method and content type.
func TestArgumentsAnywhere(t *testing.T) {
	site, c := finished(t)
	if err := site.Connect("100_127_252_1", "198.51.100.4:5555"); err != nil {
		t.Fatal(err)
	}
	byQuery := c.do("GET", "/api/clientpack?name=100_127_252_1&fileformat=conf", nil)
	byBody := c.do("GET", "/api/clientpack", m{"name": "100_127_252_1", "fileformat": "conf"})
	if byQuery.status != 200 || string(byQuery.body) != string(byBody.body) || !strings.HasPrefix(byQuery.header.Get("Content-Type"), "text/plain") {
		t.Errorf("clientpack by query %d %s, by body %d %s", byQuery.status, byQuery.body, byBody.status, byBody.body)
	}
	list, ok := c.ok("GET", "/api/clientpacks?sorted=true", nil).([]any)
	if !ok || len(list) != 8 {
		t.Errorf("sorted clientpacks: %v", list)
	}
	c.ok("POST", "/api/peering/peers?id=2&name=10.0.2.10", nil)
	c.ok("PUT", "/api/peering/peers/2", `{"name":"10.0.2.11","force":null,"overlay_mtu":"_notset"}`)
	c.refused("GET", "/api/clientpacks?sorted=maybe", nil, 400, "APIArgumentError", "sorted must be true or false")
}

// Routes: every field always there, "_notset" both ways, booleans as strings.
func TestRoutes(t *testing.T) {
	_, c := finished(t)
	c.want("no routes", c.object("GET", "/api/routes", nil), m{})
	created := c.object("POST", "/api/routes", m{
		"cidr": "192.168.1.0/24", "gateway": "", "interface": "_notset", "description": "office", "advertise": "True", "metric": "10", "tunnel": 0, "table": nil,
	})
	row := m{
		"id": 1, "cidr": "192.168.1.0/24", "netmask": "255.255.255.0", "interface": "_notset", "gateway": "_notset", "description": "office",
		"advertise": true, "enabled": true, "editable": true, "metric": 10, "table": "main", "msg": "",
		"route_based_interface": "_notset", "route_based_gateway": "_notset",
	}
	c.want("POST /routes", created, m{"1": row})
	c.want("advertise as the string False", c.object("POST", "/api/routes", m{"cidr": "10.9.0.0/16", "advertise": "False"})["2"].(m), m{"advertise": false, "metric": 0})
	row["enabled"] = false
	c.want("disable", c.object("PUT", "/api/routes/1/disable", nil), row)
	row["enabled"] = true
	c.want("enable", c.object("PUT", "/api/routes/1/enable", nil), row)
	c.want("DELETE", c.object("DELETE", "/api/routes/1", nil), m{"1": nil})
	for _, path := range []string{"/api/routes/99", "/api/routes/0", "/api/routes/x"} {
		c.refused("DELETE", path, nil, 400, "APIArgumentError", "bad route id or route not found")
	}
	c.refused("PUT", "/api/routes/99/enable", nil, 400, "APIArgumentError", "bad route id or route not found")
	c.refused("POST", "/api/routes", m{"cidr": "192.168.1.0"}, 400, "APIArgumentError", "cidr must be a prefix such as 192.168.1.0/24")
	c.refused("POST", "/api/routes", m{"cidr": "100.127.252.0/24"}, 400, "APIArgumentError", "route 100.127.252.0/24: it overlaps the overlay subnet: choose another prefix")
}

// Clientpacks: list, detail, files, switches, tags, handing out, regeneration with its task, reset.
func TestClientpacks(t *testing.T) {
	site, c := finished(t)
	const name, overlay = "100_127_252_1", "100.127.252.1"
	all := c.object("GET", "/api/clientpacks", nil)
	c.want("a pack that was never used", all[name].(m), m{
		"name": name, "overlay_ipaddress": overlay, "sequential_id": 1, "enabled": true, "checked_out": false, "connected": false, "tags": m{},
	})
	for format, kind := range map[string]string{"conf": "text/plain; charset=utf-8", "zip": "application/octet-stream", "tar.gz": "application/octet-stream", "tarball": "application/octet-stream"} {
		if a := c.do("GET", "/api/clientpack?name="+name+"&fileformat="+format, nil); a.status != 200 || a.header.Get("Content-Type") != kind || len(a.body) == 0 {
			t.Errorf("format %s: %d %s %s", format, a.status, a.header.Get("Content-Type"), a.body)
		}
	}
	c.want("disable", c.object("PUT", "/api/clientpack", m{"name": name, "enabled": "false", "compression": "off"}), m{"enabled": false})
	c.want("check out all", c.object("PUT", "/api/clientpacks", m{"checked_out": true}), m{"checked_out": true, "enabled": nil})
	c.want("check in all", c.object("PUT", "/api/clientpacks", m{"checked_out": false, "enabled": true}), m{"checked_out": false, "enabled": true})
	c.want("next", c.object("POST", "/api/clientpacks/next_available", m{"low_ip": "100.127.252.3"}), m{"name": "100_127_252_3", "checked_out": true})
	c.want("next again", c.object("POST", "/api/clientpacks/next_available", nil), m{"name": name})
	c.want("tag", c.object("POST", "/api/clientpack/"+name, m{"key": "owner", "value": "ops"}), m{"name": name, "tags": m{"owner": "ops"}})
	conf := c.do("GET", "/api/clientpack/"+name, nil).body
	c.want("detail", c.object("GET", "/api/clientpacks/"+name, nil)["clientpack"].(m), m{"name": name, "tags": m{"owner": "ops"}, "conf_sha1": fmt.Sprintf("%x", sha1.Sum(conf))})
	c.want("untag", c.object("DELETE", "/api/clientpack/"+name, m{"key": "owner"}), m{"tags": m{}})

	task := c.object("PUT", "/api/clientpack", m{"name": name, "regenerate": true})
	waitFor(t, "the regeneration", func() bool {
		return c.object("GET", "/api/status/task", m{"token": task["token"]})["task_status"] == "done"
	})

	if err := site.Connect(name, "198.51.100.4:5555"); err != nil {
		t.Fatal(err)
	}
	client := m{"managerid": 1, "overlay_ipaddress": overlay, "ipaddress": "198.51.100.4", "tags": m{}}
	c.want("GET /status", c.object("GET", "/api/status", nil), m{"connected_clients": m{overlay: client}, "ipsec": m{}, "connected_subnets": []any{}})
	c.want("GET /status/clients", c.object("GET", "/api/status/clients", nil), m{overlay: client})
	c.want("connected", c.object("GET", "/api/clientpacks", nil)[name].(m), m{"connected": true, "status": "connected", "manager_id": "1", "ipaddress": "198.51.100.4"})
	c.want("reset", c.object("POST", "/api/client/reset", m{"name": name}), m{"overlay_ipaddress": overlay})
	c.refused("PUT", "/api/clientpack/"+name, m{"disconnect": true}, 400, "APIArgumentError", "Overlay IP address "+overlay+" is not connected")
	c.want("reset all", c.object("POST", "/api/clients/reset_all", nil), m{"resetting": []any{}})

	c.refused("PUT", "/api/clientpack", m{"enabled": true}, 400, "APIArgumentError", "name argument must be set")
	c.refused("PUT", "/api/clientpacks", m{}, 400, "APIArgumentError", "Argument must have a true or false value")
	c.refused("GET", "/api/clientpacks/10_0_100_4", nil, 400, "APIArgumentError", "Clientpack named '10_0_100_4' does not exist")
	c.refused("POST", "/api/clientpack/"+name, m{"key": "badcharac!er!!", "value": "x"}, 400, "APIArgumentError", "bad tag key: badcharac!er!!")
	c.refused("GET", "/api/clientpack?name="+name+"&fileformat=ovpn", nil, 400, "APIArgumentError", "fileformat must be conf, zip, tar.gz or tarball")
	c.refused("POST", "/api/clientpacks/add_clientpacks", m{"requested_ips": "100.127.252.100"}, 403, "OperationNotAllowedError", "Not enough room in license for more clientpacks.")
	c.refused("GET", "/api/status/task", m{"token": "task-99"}, 400, "APIArgumentError", "token is invalid")
}

// What needs a keyset says so.
func TestKeysetMissing(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Controller: apitest.Options{Hold: true}})
	c := callerOf(t, site)
	c.ok("PUT", "/api/license", apitest.LicenseText(2, 2))
	c.ok("PUT", "/api/license/parameters", m{"default": true})
	for _, path := range []string{"/api/clientpacks", "/api/clientpack?name=a&fileformat=conf", "/api/clientpacks/a"} {
		c.refused("GET", path, nil, 403, "PrerequisiteError", "Keyset is missing")
	}
	waitRestart(t, c)
}

// Status of system, subnets and links.
func TestStatus(t *testing.T) {
	site, c := finished(t)
	system := c.object("GET", "/api/status/system?timestamp=1", nil)
	c.want("system", system, m{"kernel_version": "6.1.0", "uptime": 3600, "meminfo": []any{"4096", "1024", "3072"}})
	c.ok("POST", "/api/routes", m{"cidr": "192.168.1.0/24", "advertise": true})
	site.Edit(func(s *status.Snapshot) {
		s.Routes = append(s.Routes, status.Route{CIDR: "10.8.0.0/16", Controller: 2, Active: true}, status.Route{CIDR: "10.9.0.0/16", Controller: 2})
	})
	if got := c.ok("GET", "/api/status/connected_subnets", nil).([]any); len(got) != 2 {
		t.Errorf("connected subnets: %v", got)
	}
	extended := c.ok("GET", "/api/status/connected_subnets?extended_output=true", nil).([]any)
	c.want("a remote subnet", extended[1].(m), m{"subnet": "10.8.0.0/16", "network": "10.8.0.0", "cidr_mask": "16", "netmask": "255.255.0.0", "managerid": 2, "origin": "remote_manager"})

	c.ok("POST", "/api/peering/peers", m{"id": 2, "name": "10.0.2.10"})
	site.Report(status.Event{Code: "link.up", Peer: 2, At: time.Unix(1700000000, 0)})
	site.Report(status.Event{Code: "link.down", Peer: 3})
	history := c.object("GET", "/api/status/link_history?remote=10.0.2.10", nil)
	c.want("link history", history, m{"remote": "10.0.2.10", "tunnelid": 2, "history": []any{m{"event": "up", "timestamp": "2023-11-14 22:13:20.000000+00:00", "timestamp_i": 1700000000}}})
	c.want("by ID", c.object("GET", "/api/status/link_history?tunnelid=2", nil), history)
	c.refused("GET", "/api/status/link_history?remote=10.0.9.9", nil, 400, "APIArgumentError", "bad or invalid remote")
}

// Access tokens, passwords and the second user, over HTTPS.
func TestAccess(t *testing.T) {
	_, c := finished(t)
	a := c.do("POST", "/api/access/token", m{"expires": "120", "name": "ci", "refreshes": true})
	if a.status != http.StatusCreated {
		t.Fatalf("creating a token: %d %s", a.status, a.body)
	}
	list := c.ok("GET", "/api/access/tokens", nil).([]any)
	shown := list[0].(m)
	c.want("a token in the list", shown, m{"id": 1, "name": "ci", "lifetime": "120", "refreshes": true, "expired": false, "token": nil, "created_ip": "127.0.0.1", "last_accessed_at": nil})
	made := c.object("POST", "/api/access/token", nil)
	token, _ := made["token"].(string)
	c.want("a token by default", made, m{"lifetime": "3600", "name": ""})

	byToken := *c
	byToken.header = http.Header{"Api-Token": {token}}
	byToken.ok("GET", "/api/config", nil)
	path := "/api/access/token/" + strconv.Itoa(int(made["id"].(float64)))
	c.want("used from", c.object("GET", path, nil), m{"last_accessed_ip": "127.0.0.1"})
	c.want("expire", c.object("PUT", path, m{"expired": true}), m{"expired": true})
	byToken.refused("GET", "/api/config", nil, 401, "UnauthorizedError", "Invalid or expired token")
	if got := c.ok("DELETE", path, nil); got != "Token deleted" {
		t.Errorf("DELETE says %q", got)
	}
	c.refused("DELETE", path, nil, 404, "APINotFoundError", "Requested api token does not exist")
	c.refused("GET", path, nil, 404, "APINotFoundError", "Requested api token does not exist")
	c.refused("POST", "/api/access/token", m{"expires": 59}, 400, "APIArgumentError", "expires range must be between 60 and 31,536,000")

	c.refused("PUT", "/api/api_password", m{"password": "short"}, 400, "APIArgumentError", "Invalid password")
	c.want("admin_ui", c.object("PUT", "/api/admin_ui", m{"admin_username": "operator", "admin_password": "operator password"}), m{"enabled": true, "username": "operator"})
	c.refused("PUT", "/api/admin_ui", m{"admin_username": "a:b"}, 400, "APIArgumentError", "admin_username is invalid")
	c.want("api_password", c.object("PUT", "/api/api_password", m{"password": "another password"}), m{"password_reset": "ok"})
	c.refused("GET", "/api/config", nil, 401, "UnauthorizedError", "Authentication information missing or invalid")
	request, _ := http.NewRequest("GET", c.base, nil)
	request.SetBasicAuth("operator", "operator password")
	c.header = request.Header
	c.ok("GET", "/api/config", nil)
}

// License: custom parameters, upgrade, and what cannot be done twice.
func TestLicense(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	c := callerOf(t, site)
	c.refused("PUT", "/api/license/parameters", m{"default": true}, 403, "PrerequisiteError", "Must be licensed first.")
	c.ok("PUT", "/api/license", apitest.LicenseText(2, 4))
	c.ok("PUT", "/api/license", apitest.LicenseText(2, 4)) // again, as clients do that were interrupted
	custom := m{"subnet": "172.31.1.0/24", "managers": "172.31.1.253 172.31.1.252", "asns": "65001 65002", "clients": "172.31.1.1-172.31.1.3,172.31.1.9", "my_manager_vip": "172.31.1.254", "default": false}
	for name, bad := range map[string]string{"subnet": "172.31.1.1/24", "managers": "172.31.1.253", "asns": "65001 x", "clients": "172.31.1.9-172.31.1.1", "my_manager_vip": "vip"} {
		wrong := m{}
		for k, v := range custom {
			wrong[k] = v
		}
		wrong[name] = bad
		field := name
		if name == "managers" {
			field = "asns" // more numbers than controllers
		}
		c.refused("PUT", "/api/license/parameters", wrong, 400, "APIArgumentError", "invalid "+field+" field")
	}
	set := c.object("PUT", "/api/license/parameters", custom)
	c.want("parameters", set["parameters"].(m), m{
		"subnet": "172.31.1.0/24", "managers": []string{"172.31.1.253", "172.31.1.252"}, "controllers": []string{"172.31.1.253", "172.31.1.252"},
		"asns": []int{65001, 65002}, "clients": []string{"172.31.1.1", "172.31.1.2", "172.31.1.3", "172.31.1.9"}, "my_manager_vip": "172.31.1.254",
	})
	waitRestart(t, c)
	c.want("custom license", c.object("GET", "/api/license", nil), m{"finalized": true, "custom_addressing": true, "my_manager_vip": "172.31.1.254"})
	if a := c.do("PUT", "/api/license", apitest.LicenseText(2, 4)); a.status != 403 || failureIn(t, a).Name != "OperationNotAllowedError" {
		t.Errorf("a second license: %d %s", a.status, a.body)
	}
	c.want("upgrade", c.object("PUT", "/api/license/upgrade", apitest.LicenseText(4, 8)), m{"finalized": true, "license": "in-progress", "new_clientpacks": 4, "new_managers": 2})
	c.want("parameters that the upgrade has set", c.object("PUT", "/api/license/parameters/", m{"managers": "100.127.255.251 100.127.255.250", "clients": "100.127.252.5-100.127.252.8"}), m{"finalized": true})
	c.refused("PUT", "/api/license/parameters", m{"managers": "100.127.255.1"}, 400, "APIArgumentError", "default must be true, or subnet, managers, clients, asns and my_manager_vip be given: subnet is missing")
	c.refused("PUT", "/api/license/upgrade", "nonsense", 400, "APIArgumentError", "Bad license")
	c.refused("PUT", "/api/server", m{"reboot": false}, 400, "APIArgumentError", "Nothing to do")
	c.want("reboot", c.object("PUT", "/api/server", m{"reboot": true}), m{"status": "rebooting"})
	waitRestart(t, c)
}

// The same API answers on the local socket, without a password, also while the listener is away.
func TestLocalSocket(t *testing.T) {
	site, _ := finished(t)
	c := &caller{T: t, base: "http://vns3", http: site.SocketClient(t), header: http.Header{}, router: described(t)}
	c.ok("GET", "/api/config", nil)
	if a := c.do("GET", "/local/snapshot", nil); a.status != 200 {
		t.Errorf("snapshot: %d %s", a.status, a.body)
	}
	if a := c.do("GET", "/local/events?after=0", nil); a.status != 200 {
		t.Errorf("events: %d %s", a.status, a.body)
	}
	for path, kind := range map[string]control.Kind{"/local/do/no/such/action": control.NotFound, "/local/do/route/remove": control.NotFound} {
		if a := c.do("POST", path, `{}`); a.status != 404 || !strings.Contains(string(a.body), `"kind":"`+string(kind)+`"`) {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	if a := c.do("POST", "/local/do/config/set", `{"bogus":1}`); a.status != 400 {
		t.Errorf("unknown field: %d %s", a.status, a.body)
	}
}
