package files_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gofrs/flock"

	"vns3/commands/files"
	"vns3/control"
	"vns3/peering"
)

func controller(t *testing.T, text string) (*files.Backend, files.Options) {
	t.Helper()
	dir := t.TempDir()
	o := files.Options{ConfigPath: filepath.Join(dir, "vns3.toml"), DataDir: filepath.Join(dir, "data"), Version: "test"}
	if text != "" {
		if err := os.WriteFile(o.ConfigPath, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return files.New(o), o
}

func do(t *testing.T, b *files.Backend, q control.Request) any {
	t.Helper()
	reply, err := b.Do(t.Context(), q)
	if err != nil {
		t.Fatalf("%s: %v", q.Action(), err)
	}
	return reply
}

// Rows are saved in the file by the rules of the table, all or nothing, and every comment stays.
func TestPeering(t *testing.T) {
	b, o := controller(t, "# mine\n[peering]\n1 = \"this instance\" # here\n")
	do(t, b, control.PeeringSet{Rows: map[int]peering.Row{2: {Kind: peering.Self}, 3: {Kind: peering.Address, Address: "10.0.3.10"}}})
	got := b.Snapshot().Peering.Table
	want := peering.Table{2: {Kind: peering.Self}, 3: {Kind: peering.Address, Address: "10.0.3.10"}}
	if got != want {
		t.Errorf("the table is %v", got)
	}
	text, _ := os.ReadFile(o.ConfigPath)
	if !strings.HasPrefix(string(text), "# mine\n[peering]\n1 = \"not set\" # here\n") {
		t.Errorf("the file is now:\n%s", text)
	}
	_, err := b.Do(t.Context(), control.PeeringSet{Rows: map[int]peering.Row{4: {Kind: peering.Address, Address: "10.0.3.10"}}})
	if err == nil || b.Snapshot().Peering.Table != want {
		t.Errorf("an address twice: %v", err)
	}
}

// The community license is installed and shown, and its parameters are set, without an engine.
func TestLicense(t *testing.T) {
	b, _ := controller(t, "")
	var none *control.Error
	if _, err := b.Do(t.Context(), control.LicenseShow{}); !errors.As(err, &none) || none.Kind != control.Unlicensed {
		t.Errorf("an unlicensed controller: %v", err)
	}
	do(t, b, control.LicenseInstall{Community: true})
	shown := do(t, b, control.LicenseParameters{Default: true}).(control.LicenseShown)
	if !shown.Finalized || shown.Controllers != 9 {
		t.Errorf("installed: %+v", shown.License)
	}
	if s := b.Snapshot(); !s.Controller.License.Community || s.Controller.VIP != "100.127.255.254" {
		t.Errorf("the snapshot shows %+v", s.Controller)
	}
	if _, err := b.Do(t.Context(), control.LicenseInstall{Text: "no license"}); err == nil {
		t.Error("a text that is no license was installed")
	}
}

// Names are saved, what needs an engine is refused with the remedy, and so is a change while an engine
// holds the data directory.
func TestConfigAndRefusals(t *testing.T) {
	b, o := controller(t, "")
	name, hosts := "Controller 7", []string{"0.pool.ntp.org"}
	do(t, b, control.ConfigSet{Name: &name, NTPHosts: &hosts})
	if s := b.Snapshot(); s.Controller.Name != name || !slices.Equal(s.Controller.NTPHosts, hosts) {
		t.Errorf("the snapshot shows %+v", s.Controller)
	}
	var refused *control.Error
	if _, err := b.Do(t.Context(), control.Drain{}); !errors.As(err, &refused) || refused.Kind != control.Disconnected || refused.Remedy == "" {
		t.Errorf("drain: %v", err)
	}
	if err := os.MkdirAll(o.DataDir, 0o700); err != nil {
		t.Fatal(err)
	}
	engine := flock.New(filepath.Join(o.DataDir, "lock"))
	if held, err := engine.TryLock(); !held || err != nil {
		t.Fatal(held, err)
	}
	defer engine.Close()
	if _, err := b.Do(t.Context(), control.ConfigSet{Name: &name}); !errors.As(err, &refused) || refused.Kind != control.InProgress {
		t.Errorf("beside an engine: %v", err)
	}
}

// Files that belong to somebody else are shown, not changed.
func TestRefusal(t *testing.T) {
	_, o := controller(t, "")
	o.Refusal = errors.New("it belongs to somebody else")
	b := files.New(o)
	name := "x"
	if _, err := b.Do(t.Context(), control.ConfigSet{Name: &name}); !errors.Is(err, o.Refusal) {
		t.Errorf("config set: %v", err)
	}
	if b.Snapshot().Config.Path != o.ConfigPath {
		t.Error("the files are not shown")
	}
}

// The check tells all that is wrong at once, with places, and touches nothing.
func TestCheck(t *testing.T) {
	_, o := controller(t, "[controller]\nnaem = 3\n[tunnels]\nmtu = \"big\"\n[peering]\n2 = \"10.0.2.10\"\n[api]\npassword_file = \"/nowhere/password\"\n")
	report := files.Check(o)
	var found []string
	for _, f := range report.Findings {
		found = append(found, f.What+" "+f.Verdict)
	}
	want := []string{"controller.naem error", "tunnels.mtu error", "api.password_file error", "peering warning"}
	if report.OK || !slices.Equal(found, want) {
		t.Errorf("found %q", found)
	}
	if e := report.Findings[0].Evidence; !strings.HasSuffix(e, "vns3.toml:2:1") {
		t.Errorf("evidence %q", e)
	}
	if entries, _ := os.ReadDir(filepath.Dir(o.ConfigPath)); len(entries) != 1 {
		t.Errorf("the check left %v", entries)
	}
}

// No file, and a valid one, are well.
func TestCheckIsCalm(t *testing.T) {
	for _, text := range []string{"", "[controller]\nname = \"a\"\n[peering]\n1 = \"self\"\n"} {
		_, o := controller(t, text)
		if report := files.Check(o); !report.OK || len(report.Findings) != 1 {
			t.Errorf("%q: %+v", text, report)
		}
	}
}

// A license that was changed on disk is found.
func TestCheckFindsDamage(t *testing.T) {
	b, o := controller(t, "")
	do(t, b, control.LicenseInstall{Community: true})
	if report := files.Check(o); !report.OK || report.Findings[1].Subject != "license" {
		t.Errorf("a whole license: %+v", report)
	}
	if err := os.WriteFile(filepath.Join(o.DataDir, "license.json"), []byte("spoilt"), 0o600); err != nil {
		t.Fatal(err)
	}
	if report := files.Check(o); report.OK || report.Findings[1].Verdict != "error" {
		t.Errorf("a damaged license: %+v", report)
	}
}
