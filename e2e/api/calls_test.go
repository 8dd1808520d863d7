package api

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"fmt"
	"io"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"vns3/status"
)

// soon is how often a test looks for what should take an instant.
const soon = 20 * time.Millisecond

// unused are fields of the product that vns3 does not answer with: clientpacks are no OpenVPN files, routes
// have no IPsec, and the security token is secret. A machine without a gateway names none.
func unused(s *site) []string {
	fields := []string{"ClientpackList.ovpn_sha1", "RoutesList.traffic_pair", "RoutesList.tunnel", "RuntimeConfig.security_token"}
	if s.Snapshot().Controller.SubnetGateway == "" {
		fields = append(fields, "RuntimeConfig.subnet_gateway")
	}
	return fields
}

// truth proves that what the API reports is what the engine sees: peers, system, the history of links;
// also when a controller stops and comes back.
func truth(t *testing.T, all []*site) {
	t.Helper()
	one, last := all[0], all[len(all)-1]
	system, snap := one.object("GET", "/status/system", nil), one.Snapshot()
	one.want("GET /status/system", system, object{"kernel_version": snap.System.Kernel})
	if memory := system["meminfo"].([]any); fmt.Sprint(memory[0]) != fmt.Sprint(snap.System.MemoryTotal>>20) {
		t.Errorf("memory is %v, the engine sees %d bytes", memory, snap.System.MemoryTotal)
	}
	history := func() []any {
		return one.object("GET", fmt.Sprintf("/status/link_history?tunnelid=%d", last.id), nil)["history"].([]any)
	}
	before := len(history())
	last.Stop()
	one.until("the last controller missed", func(s *status.Snapshot) bool { return s.Peers[last.id-1].State == status.Down })
	one.want("its row", row(one, last.id), object{"reachable": false, "address": last.Address})
	last.Run(t)
	one.until("the last controller back", func(s *status.Snapshot) bool { return s.Peers[last.id-1].State == status.Up })
	one.want("its row", row(one, last.id), object{"reachable": true})
	after := history()
	if len(after) != before+2 || after[before].(object)["event"] != "down" || after[before+1].(object)["event"] != "up" {
		t.Errorf("the history of the link went from %d events to %v", before, after)
	}
	want := 0
	events, err := one.Events(t.Context(), 0)
	for _, e := range events {
		if e.Peer == last.id && (e.Code == "link.up" || e.Code == "link.down") {
			want++
		}
	}
	if err != nil || len(after) != want {
		t.Errorf("the history of the link has %d events, the engine %d (%v)", len(after), want, err)
	}
	one.want("GET /status/link_history", one.object("GET", "/status/link_history?remote="+last.Address.String(), nil), object{
		"tunnelid": last.id, "remote": last.Address, "local": "172.31.1.253",
	})
	one.refused("GET", "/status/link_history?tunnelid=9", nil, 400, "APIArgumentError", "bad or invalid tunnelid")
}

// row is a row of GET /peering; both maps have it.
func row(s *site, id int) object {
	reply := s.object("GET", "/peering", nil)
	a, b := reply["controllers"].(object)[strconv.Itoa(id)], reply["managers"].(object)[strconv.Itoa(id)]
	if fmt.Sprint(a) != fmt.Sprint(b) {
		s.caller.Errorf("row %d is %v under controllers and %v under managers", id, a, b)
	}
	return a.(object)
}

// clientpackCalls plays every call on clientpacks.
func clientpackCalls(s *site) {
	list := s.object("GET", "/clientpacks", nil)
	if len(list) != clientpacks {
		s.caller.Errorf("%d clientpacks, want %d", len(list), clientpacks)
	}
	a, err := s.send("GET", "/clientpacks?sorted=true", nil)
	if sorted, ok := a.decoded().(object)["response"].([]any); err != nil || !ok || len(sorted) != clientpacks || sorted[6].(object)["name"] != "172_31_1_7" {
		s.caller.Errorf("the sorted list: %v, %.300s", err, a.body)
	}
	const name = "172_31_1_7"
	s.want("one", s.object("GET", "/clientpacks/"+name, nil)["clientpack"].(object), object{"name": name, "overlay_ipaddress": "172.31.1.7", "enabled": true, "checked_out": false, "sequential_id": 7})
	s.refused("GET", "/clientpacks/172_31_1_200", nil, 400, "APIArgumentError", "Clientpack named '172_31_1_200' does not exist")
	conf := string(s.do("GET", "/clientpack?name="+name+"&fileformat=conf", nil).body)
	sums := s.object("GET", "/clientpacks/"+name, nil)["clientpack"].(object)
	s.want("its checksums", sums, object{"conf_sha1": sum([]byte(conf))})
	for format, unpack := range map[string]func([]byte) (string, error){"zip": unzip, "tar.gz": untar, "tarball": untar} {
		a := s.do("GET", "/clientpack/"+name+"?fileformat="+format, nil)
		field := map[string]string{"zip": "zip_sha1", "tar.gz": "tarball_sha1", "tarball": "tarball_sha1"}[format]
		s.want("its checksums", sums, object{field: sum(a.body)})
		if text, err := unpack(a.body); err != nil || text != conf {
			s.caller.Errorf("the %s of the clientpack: %v\n%s\nwant\n%s", format, err, text, conf)
		}
	}
	s.want("disabled", s.object("PUT", "/clientpack", object{"name": name, "enabled": false}), object{"enabled": false})
	s.want("enabled", s.object("PUT", "/clientpack", object{"name": name, "enabled": "true", "checked_out": true}), object{"enabled": true, "checked_out": true})
	s.want("all", s.object("PUT", "/clientpacks", object{"enabled": true, "checked_out": false}), object{"enabled": true, "checked_out": false})
	s.want("a tag", s.object("POST", "/clientpack/"+name, object{"key": "site", "value": "Oslo"})["tags"].(object), object{"site": "Oslo"})
	s.want("no tag", s.object("DELETE", "/clientpack/"+name, object{"key": "site"})["tags"].(object), object{"site": nil})
	task := s.object("PUT", "/clientpack", object{"name": name, "regenerate": true})
	s.poll(soon, "the regeneration to end", func() bool {
		return s.object("GET", "/status/task", object{"token": task["token"]})["task_status"] == "done"
	})
	if again := string(s.do("GET", "/clientpack?name="+name+"&fileformat=conf", nil).body); again == conf {
		s.caller.Error("a regenerated clientpack has the key that it had")
	}
	next := s.object("POST", "/clientpacks/next_available", object{"low_ip": "172.31.1.8", "high_ip": "172.31.1.18"})
	s.want("the next clientpack", next, object{"checked_out": true})
	s.refused("POST", "/client/reset", object{"name": name, "disconnect": true}, 400, "APIArgumentError", "Overlay IP address 172.31.1.7 is not connected")
	for overlay := range s.object("GET", "/status/clients", nil) {
		attached := strings.ReplaceAll(overlay, ".", "_")
		s.want("a tag", s.object("POST", "/clientpack/"+attached, object{"key": "role", "value": "db"}), object{"name": attached})
		s.poll(soon, "its tag in the status", func() bool {
			return s.object("GET", "/status", nil)["connected_clients"].(object)[overlay].(object)["tags"].(object)["role"] == "db"
		})
		s.want("disconnected", s.object("PUT", "/clientpack/"+attached, object{"disconnect": true}), object{"overlay_ipaddress": overlay})
	}
	s.object("POST", "/clients/reset_all", nil)
	if a := s.do("POST", "/clientpacks/add_clientpacks", object{"requested_ips": "172.31.1.77"}); a.status/100 != 4 || a.failure().Message == "" {
		s.caller.Errorf("clientpacks beyond the license: %d %s", a.status, a.body)
	}
}

func sum(b []byte) string { return fmt.Sprintf("%x", sha1.Sum(b)) }

func unzip(b []byte) (string, error) {
	r, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return "", err
	}
	f, err := r.File[0].Open()
	if err != nil {
		return "", err
	}
	text, err := io.ReadAll(f)
	return string(text), err
}

func untar(b []byte) (string, error) {
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return "", err
	}
	r := tar.NewReader(z)
	if _, err := r.Next(); err != nil {
		return "", err
	}
	text, err := io.ReadAll(r)
	return string(text), err
}

// routeCalls plays every call on routes, and looks from the other controllers.
func routeCalls(all []*site) {
	s, others := all[1], append([]*site{all[0]}, all[2:]...)
	seen := func(cidr string) func(*site) bool {
		return func(o *site) bool {
			for _, subnet := range o.ok("GET", "/status/connected_subnets?extended_output=true", nil).([]any) {
				if subnet.(object)["subnet"] == cidr && subnet.(object)["managerid"] == float64(s.id) {
					return true
				}
			}
			return false
		}
	}
	everywhere := func(what string, holds func(*site) bool, want bool) {
		began := time.Now()
		each(others, func(o *site) { o.poll(soon, what, func() bool { return holds(o) == want }) })
		s.caller.Logf("%s at every controller after %v", what, time.Since(began).Round(time.Millisecond))
	}
	first := s.object("POST", "/routes", object{"cidr": "192.168.1.0/24", "advertise": "False", "interface": "_notset", "gateway": "_notset", "description": "office"})
	s.want("a route", first["1"].(object), object{"id": 1, "cidr": "192.168.1.0/24", "netmask": "255.255.255.0", "advertise": false, "enabled": true, "interface": "_notset", "gateway": "_notset", "description": "office"})
	second := s.object("POST", "/routes", object{"cidr": "192.168.2.0/24", "advertise": true, "metric": 5})
	s.want("a second", second["2"].(object), object{"cidr": "192.168.2.0/24", "advertise": true, "metric": 5, "description": "_notset"})
	everywhere("advertised", seen("192.168.2.0/24"), true)
	if seen("192.168.1.0/24")(all[0]) {
		s.caller.Error("a route is told although it is not advertised")
	}
	for o := range others {
		pair := [][]string{{"192.168.2.0", "255.255.255.0"}}
		if got := others[o].object("GET", "/status", nil)["connected_subnets"]; fmt.Sprint(got) != fmt.Sprint(pair) {
			s.caller.Errorf("connected_subnets at controller %d: %v, want %v", others[o].id, got, pair)
		}
	}
	s.want("disabled", s.object("PUT", "/routes/2/disable", nil), object{"id": 2, "enabled": false})
	everywhere("disabled", seen("192.168.2.0/24"), false)
	s.want("enabled", s.object("PUT", "/routes/2/enable", nil), object{"id": 2, "enabled": true})
	everywhere("enabled", seen("192.168.2.0/24"), true)
	under := netip.PrefixFrom(s.Address, 24).Masked().String()
	for cidr, reason := range map[string]string{"172.31.1.128/25": "overlaps the overlay", "172.16.0.0/12": "overlaps the overlay", under: "tunnel would lead through itself", "10.1.2.3/24": "bits", "office": "prefix"} {
		if a := s.do("POST", "/routes", object{"cidr": cidr, "advertise": true}); a.status != 400 || !strings.Contains(a.failure().Message, reason) {
			s.caller.Errorf("a route to %s: %d %s, want a word on %q", cidr, a.status, a.body, reason)
		}
	}
	for range 2 {
		s.ok("DELETE", "/routes/1", nil)
	}
	everywhere("deleted", seen("192.168.2.0/24"), false)
	a := s.do("DELETE", "/routes/1", nil)
	if a.status != 400 {
		s.caller.Errorf("a route deleted twice: %d %s", a.status, a.body)
	}
}

// accessCalls plays tokens, passwords and the restart that is asked for.
func accessCalls(s *site) {
	made := s.object("POST", "/access/token", object{"expires": 120, "name": "script", "refreshes": true})
	id := fmt.Sprint("/access/token/", made["id"])
	s.want("the token", s.object("GET", id, nil), object{"name": "script", "refreshes": true, "expired": false})
	s.want("the token, ended", s.object("PUT", id, object{"expired": true}), object{"expired": true})
	if list := s.ok("GET", "/access/tokens", nil).([]any); len(list) != 1 {
		s.caller.Errorf("tokens: %v", list)
	}
	s.ok("DELETE", id, nil)
	s.want("the second user", s.object("PUT", "/admin_ui", object{"enabled": true, "admin_username": "vnscubed", "admin_password": "another-long-password"}), object{"enabled": true, "username": "vnscubed"})
	s.want("the password", s.object("PUT", "/api_password", object{"password": "a-new-long-password"}), object{"password_reset": "ok"})
	old := s.password
	s.password = "a-new-long-password"
	s.object("GET", "/config", nil)
	s.password = old
	s.refused("GET", "/config", nil, 401, "UnauthorizedError", "Authentication information missing or invalid")
	s.password = "a-new-long-password"
	s.want("a restart", s.object("PUT", "/server", object{"reboot": true}), object{"status": "rebooting"})
	s.restart(soon)
}
