package mesh

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestPure proves that health, mesh and their simulation can neither open anything nor read a clock:
// their files import nothing that could, and call no time.Now, no timer and no global randomness.
func TestPure(t *testing.T) {
	allowed := []string{
		"bytes", "cmp", "encoding/binary", "errors", "fmt", "iter", "maps", "math", "math/bits", "math/rand/v2",
		"net/netip", "reflect", "slices", "time", "unicode/utf8", "vns3/engine/link", "vns3/engine/mesh",
		"vns3/engine/clients", // by the simulation only
	}
	for _, pattern := range []string{"*.go", "sim/*.go", "../link/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files: %v", pattern, err)
		}
		for _, name := range files {
			if !strings.HasSuffix(name, "_test.go") {
				checkPure(t, name, allowed)
			}
		}
	}
}

// usable are the names of packages time and math/rand/v2 that read no clock and no global source.
var usable = []string{
	"time.Time", "time.Duration", "time.Unix", "time.UnixMilli", "time.Hour", "time.Second", "time.Minute", "time.Millisecond", "time.Microsecond",
	"rand.Rand", "rand.New", "rand.NewPCG",
}

func checkPure(t *testing.T, name string, allowed []string) {
	file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Imports {
		if path, _ := strconv.Unquote(spec.Path.Value); !slices.Contains(allowed, path) {
			t.Errorf("%s imports %s", name, path)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			t.Errorf("%s starts a goroutine", name)
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok && (x.Name == "time" || x.Name == "rand") {
				if used := x.Name + "." + n.Sel.Name; !slices.Contains(usable, used) {
					t.Errorf("%s uses %s", name, used)
				}
			}
		}
		return true
	})
}
