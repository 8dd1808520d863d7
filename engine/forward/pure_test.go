package forward

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The decision and the formats know no clock, socket, goroutine or system: they import nothing of it.
func TestPure(t *testing.T) {
	allowed := []string{
		"bytes", "encoding/binary", "errors", "fmt", "math/bits", "net/netip", "strconv",
		"vns3/engine/forward/ipv4", "vns3/overlay",
	}
	files := []string{"decide.go", "table.go", "reason.go", "queue.go"}
	formats, err := filepath.Glob("ipv4/*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(files, formats...) {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		source, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range file.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); !slices.Contains(allowed, path) {
				t.Errorf("%s imports %s", name, path)
			}
		}
	}
}
