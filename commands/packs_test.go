package commands

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vns3/control"
)

// A clientpack is asked for once its file is made: what could not be written does not count as exported,
// and a refusal leaves no empty file behind.
func TestWriteNew(t *testing.T) {
	dir := t.TempDir()
	taken := filepath.Join(dir, "taken")
	if err := os.WriteFile(taken, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	asked := 0
	refuse := func() (control.PackFile, error) {
		asked++
		return control.PackFile{}, errors.New("no controller is there")
	}
	for _, path := range []string{taken, filepath.Join(dir, "none", "x")} {
		if err := writeNew(path, refuse); err == nil || asked != 0 {
			t.Errorf("%s: %v, asked %d times", path, err, asked)
		}
	}
	fresh := filepath.Join(dir, "fresh")
	if err := writeNew(fresh, refuse); err == nil || err.Error() != "no controller is there" {
		t.Error(err)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("an empty file is left")
	}
	if kept, err := os.ReadFile(taken); string(kept) != "mine" {
		t.Errorf("%q, %v", kept, err)
	}
}

// The overlay is laid out in a network of one's own by command as on the page.
func TestParametersInSubnet(t *testing.T) {
	config, _ := controllerFile(t, "")
	w := newWorld(t).at(config)
	w.must("license", "install", "--community")
	for flag, want := range map[string]string{"10.200.0.0/28": "do not fit", "224.0.0.0/22": "multicast", "10.200.0.1/22": "beyond its prefix length"} {
		if r := w.run("license", "parameters", "--subnet", flag, "--yes"); r.code != exitFailed {
			t.Errorf("%s: exit %d", flag, r.code)
		} else {
			wants(t, r.err, want)
		}
	}
	if r := w.run("license", "parameters", "--subnet", "10.200.0.0/22", "--default"); r.code != exitWrong {
		t.Errorf("two ways at once: exit %d", r.code)
	}
	wants(t, w.must("license", "parameters", "--subnet", "10.200.0.0/22", "--yes"), "10.200.0.0/22, VIP 10.200.3.254")
}
