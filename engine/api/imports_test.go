package api_test

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The API knows a controller only by control.Backend: nothing of the engine but its own parts, and the
// client not even the server.
func TestImports(t *testing.T) {
	allowed := map[string][]string{
		".":      {"vns3/control", "vns3/status", "vns3/overlay", "vns3/peering", "vns3/engine/api/access", "vns3/engine/api/cert"},
		"access": {"vns3/control", "vns3/status", "vns3/internal/stretch"},
		"cert":   {},
		"client": {"vns3/control", "vns3/status", "vns3/engine/api/cert"},
	}
	for dir, may := range allowed {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %d files, %v", dir, len(files), err)
		}
		for _, file := range files {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
			if err != nil {
				t.Fatal(err)
			}
			for _, spec := range parsed.Imports {
				path, _ := strconv.Unquote(spec.Path.Value)
				if strings.HasPrefix(path, "vns3/") && !strings.Contains(" "+strings.Join(may, " ")+" ", " "+path+" ") {
					t.Errorf("%s imports %s", file, path)
				}
			}
		}
	}
}
