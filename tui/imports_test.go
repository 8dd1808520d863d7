package tui_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The console knows a controller only by control, status, peering and overlay: no package below tui
// imports the engine, keys or anything else of this module.
func TestForbiddenImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	allowed := []string{"vns3/control", "vns3/status", "vns3/peering", "vns3/overlay", "vns3/tui", "vns3/status/figures", "vns3/status/statustest"}
	decoder := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, "vns3/") && !strings.HasPrefix(i, "vns3/tui/") && !slices.Contains(allowed, i) {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}
