package commands

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/engine/enginetest"
	"vns3/status"
)

// The documented steps, by commands alone, on real controllers: generate, fetch, peer, look.
func TestTwoControllers(t *testing.T) {
	network := enginetest.Network()
	first, second := enginetest.Start(t, network, 1, ""), enginetest.Start(t, network, 2, "")
	one, two := newWorld(t).at(first.Config), newWorld(t).at(second.Config)
	token := one.file("token", enginetest.Token+"\n")

	wants(t, one.must("status"), "controller 1: no keyset yet", "PEERS\n  none\n")
	wants(t, one.must("mesh"), "The mesh does not run: there is no keyset.")
	r := one.run("keyset", "generate", "--topology", "Test", "--token-file", token)
	wants(t, r.err, "✓ use the community license")
	wants(t, r.out, "topology checksum ")
	r = one.run("keyset", "generate", "--token-file", token)
	if r.code != exitFailed {
		t.Errorf("a second keyset: exit %d", r.code)
	}
	wants(t, r.err, "this controller has a keyset already", "do: ")
	wants(t, one.must("peering", "set", "1=self", "2="+second.Address.String()), "#1  this instance", "#2  "+second.Address.String())
	two.must("keyset", "fetch", "--source", first.Address.String(), "--token-file", token)

	wants(t, two.must("peering", "show"), "The keyset came with the peering table of", "vns3 peering set 1="+first.Address.String()+" 2=self")
	two.must("peering", "set", "1="+first.Address.String(), "2=self")
	first.Until(t, "the link is up", enginetest.AllUp(1))
	second.Until(t, "the link is up", enginetest.AllUp(1))

	first.Until(t, "the checksums are compared and the path is known", func(s *status.Snapshot) bool {
		p := s.Peers[1]
		return p.ChecksumEqual != nil && *p.ChecksumEqual && len(p.Path) == 2
	})
	wants(t, one.must("status"), "● #1 controller 1: 1 peer up", "equal on #2", "direct")
	first.Until(t, "both are in the mesh", func(s *status.Snapshot) bool { return len(s.Controllers) == 2 && len(s.Links) == 2 })
	wants(t, one.must("mesh"), "#1  controller 1  ● here", "#2  controller 2  ● reached", "FROM")
	var snapshot status.Snapshot
	if err := json.Unmarshal([]byte(one.must("status", "--json")), &snapshot); err != nil || snapshot.Controller.ID != 1 {
		t.Errorf("status --json: %v, ID %d", err, snapshot.Controller.ID)
	}
	var report control.Report
	if err := json.Unmarshal([]byte(two.must("check", "--json")), &report); err != nil || !report.OK {
		t.Errorf("check --json: %v, %+v", err, report)
	}
	wants(t, one.must("events", "--count", "0"), "vns3 test started")
	wants(t, one.must("events", "--since", "1h", "--filter", "TEST started"), "vns3 test started")
	for _, narrow := range [][]string{{"--since", "1ns"}, {"--severity", "error"}, {"--filter", "started never"}} {
		if shown := one.must(append([]string{"events", "--count", "0"}, narrow...)...); strings.Contains(shown, "vns3 test started") {
			t.Errorf("%v shows\n%s", narrow, shown)
		}
	}
	wants(t, one.must("keyset", "show"), snapshot.Controller.TopologyChecksum, "equal on #2")

	r = one.run("keyset", "remove")
	if r.code != exitWrong {
		t.Errorf("keyset remove without an answer: exit %d", r.code)
	}
	two.in = "y\n"
	r = two.run("keyset", "remove")
	wants(t, r.out, "The keyset is removed.")
	wants(t, r.err, "1 tunnel up", "on 1 other controller.", "Remove the keyset? All tunnels of this controller end. [y/N]")
	wants(t, two.must("status"), "no keyset yet")
}

// The other commands against a real engine: what they change is seen, and stands in the file.
func TestOneController(t *testing.T) {
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	w := newWorld(t).at(c.Config)
	token := w.file("token", enginetest.Token+"\n")
	for _, step := range []struct {
		line string
		want []string
	}{
		{"config set name=Renamed ntp_hosts=0.pool.ntp.org,1.pool.ntp.org", []string{"Saved in " + c.Config}},
		{"config set theme=light mouse=false ascii=true", nil},
		{"config show", []string{"Renamed", "0.pool.ntp.org, 1.pool.ntp.org", "● valid and applied", "light", "false", "true"}},
		{"config reload", []string{"The file is applied."}},
		{"license install --community", []string{"9 controllers, 1000 clientpacks, community, parameters not set yet"}},
		{"license parameters --default --yes", []string{"100.127.252.0/22, VIP 100.127.255.254", "#9"}},
		{"license show --text", []string{"vns3 license 1"}},
		{"keyset generate --token-file " + token, []string{"topology checksum"}},
		{"keyset rearm", []string{"may fetch from here again"}},
		{"keyset change-token --token-file " + token, nil},
		{"peering set 1=self 2=127.0.0.99 --stage", []string{"STAGED", "this instance"}},
		{"peering apply", []string{"applied"}},
		{"peering apply", []string{"No row is staged"}},
		{"status", []string{"#1 Renamed"}},
		{"route add 192.168.10.0/24 --advertise --description office", []string{"Route 1 to 192.168.10.0/24 is added."}},
		{"route disable 1", []string{"Route 1 is disabled."}},
		{"route list", []string{"192.168.10.0/24", "· disabled", "office, advertised"}},
		{"route enable 1", []string{"Route 1 is enabled."}},
		{"route remove 1 --yes", []string{"Route 1 is removed."}},
		{"route list", []string{"No routes."}},
		{"access password --random", []string{"-"}},
		{"access password --password-file " + w.file("password", "another good password"), []string{"The API password is set."}},
		{"access user admin --password-file " + w.file("password", "another good password"), []string{"The second user is admin."}},
		{"access user", []string{"The second user is admin."}},
		{"access user --disable", []string{"There is no second user."}},
		{"access user", []string{"There is no second user."}},
		{"access token add backup --expires 2h", nil},
		{"access token list", []string{"backup", "● valid"}},
		{"access token expire 1", []string{"Token 1 is expired."}},
		{"access token renew 1", []string{"Token 1 holds until"}},
		{"access token remove 1 --yes", []string{"Token 1 is deleted."}},
		{"access token list", []string{"No API tokens."}},
	} {
		r := w.run(strings.Fields(step.line)...)
		if r.code != exitDone {
			t.Fatalf("vns3 %s: exit %d\n%s%s", step.line, r.code, r.out, r.err)
		}
		wants(t, r.out, step.want...)
	}
	r := w.run("peering", "check", "2=not..a..name")
	if r.code != exitFailed {
		t.Errorf("peering check of nonsense: exit %d\n%s%s", r.code, r.out, r.err)
	}
	r = w.run("task", "cancel", "4711")
	wants(t, r.err, "there is no such task")
	r = w.run("license", "upgrade", w.file("license", "no license"))
	if r.code != exitFailed {
		t.Errorf("an upgrade by nonsense: exit %d", r.code)
	}
	text, err := os.ReadFile(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	wants(t, string(text), `name = "Renamed"`, `1 = "this instance"`)

	if err := os.WriteFile(c.Config, append(text, "[bogus]\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	r = w.run("check")
	if r.code != exitFailed {
		t.Errorf("check of a bad file: exit %d", r.code)
	}
	wants(t, r.out, "✗ configuration, bogus: is not a key of the configuration", "evidence: "+c.Config)
	r = w.run("config", "set", "name=x")
	wants(t, r.err, "correct the file first")
}

// A license is issued offline with a signer's key, and a controller takes it.
func TestIssueLicense(t *testing.T) {
	path, _ := controllerFile(t, "")
	w := newWorld(t).at(path)
	dir := t.TempDir()
	key, text := filepath.Join(dir, "signer.key"), filepath.Join(dir, "acme.license")
	r := w.run("license", "signer", "example.net", "--output", key)
	wants(t, r.out, "trusted = [\"example.net+")
	if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the signer's key: %v, %v", info, err)
	}
	if r := w.run("license", "signer", "example.net", "--output", key); r.code != exitFailed {
		t.Errorf("a key was written over another: %+v", r)
	}
	w.must("license", "issue", "--signer-file", key, "--topology", "Acme", "--controllers", "4", "--subnet", "172.31.1.0/24", "--expires", "2999-01-31", "-o", text)
	r = w.run("license", "issue", "--signer-file", key, "--topology", "Acme", "--clientpacks", "500", "--subnet", "172.31.1.0/24")
	if r.code != exitFailed {
		t.Errorf("more clientpacks than addresses: %+v", r)
	}
	r = w.run("license", "install", text)
	wants(t, r.err, "No engine runs on")
	wants(t, r.out, "4 controllers, 50 clientpacks, until 2999-02-01", "example.net", "172.31.1.0/24")
	wants(t, w.must("license", "show"), "Acme")
	wants(t, w.must("peering", "set", "1=self"), "Your license allows 4 controllers")
	wants(t, w.must("keyset", "show"), "No keyset.")
	wants(t, w.must("config", "show"), "● valid", path)
	wants(t, w.must("check"), "● all well", "LICENSE")
}

// Another controller is asked over HTTPS with its password; clientpacks are listed, handed out, changed
// and exported.
func TestAnotherController(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{})
	site.SetUp(t, 3, 20)
	w := newWorld(t)
	remote := func(line string) run {
		return w.run(append([]string{"--controller", site.Addr()}, strings.Fields(line)...)...)
	}
	r := remote("status")
	wants(t, r.err, "API password: it is not given", "--api-password-file")
	w.env["VNS3_PASSWORD"] = "wrong"
	if r = remote("status"); r.code != exitFailed {
		t.Errorf("a wrong password: %+v", r)
	}
	wants(t, r.err, "First contact with "+site.Addr(), "is remembered")
	w.env["VNS3_PASSWORD"] = apitest.Password
	r = remote("clientpack next --tag site=a")
	if strings.Contains(r.err, "First contact") {
		t.Errorf("told twice: %s", r.err)
	}
	name := strings.TrimSpace(r.out)
	output := filepath.Join(t.TempDir(), "pack.conf")
	for _, step := range []struct{ line, want string }{
		{"clientpack list", name + "  · out"},
		{"clientpack list --filter nothing", "No clientpacks to show."},
		{"clientpack disable " + strings.ReplaceAll(name, "_", "."), name + " is disabled."},
		{"clientpack list", "✗ disabled"},
		{"clientpack enable --all", "All clientpacks are enabled."},
		{"clientpack tag " + name + " site= owner=b", "is tagged"},
		{"clientpack list", "owner=b"},
		{"clientpack checkin " + name, name + " is free again."},
		{"clientpack checkout " + name, name + " is handed out."},
		{"clientpack export " + name + " --output " + output, output},
		{"clientpack export " + name + " --output -", "[Interface]"},
		{"clientpack qr " + name, "[Interface]"},
		{"clientpack disconnect --all --yes", "All clientpacks are disconnected."},
		{"clientpack regenerate --all --yes", ""},
		{"access token add --json", "\"token\": "},
	} {
		r := remote(step.line)
		if r.code != exitDone || !strings.Contains(r.out, step.want) {
			t.Errorf("vns3 %s: exit %d, want %q\n%s%s", step.line, r.code, step.want, r.out, r.err)
		}
	}
	if info, err := os.Stat(output); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the exported clientpack: %v, %v", info, err)
	}
	if r := remote("clientpack export " + name + " --output " + output); r.code != exitFailed {
		t.Error("an exported clientpack was written over")
	}
	if r := remote("clientpack add 5"); r.code != exitFailed {
		t.Error("clientpacks beyond the license were added")
	}
	for _, line := range []string{"drain --yes", "rebalance", "takeover 3 --yes", "peering accept 3"} {
		if r := remote(line); r.code != exitFailed || !strings.Contains(r.err, "simulated controller") {
			t.Errorf("vns3 %s did not reach the controller: %+v", line, r)
		}
	}
}
