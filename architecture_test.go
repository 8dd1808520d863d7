package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// pure are the packages that know no clock, socket, file or goroutine: now and randomness are
// arguments. What they may not import, and what they may not say.
var pure = []string{"peering", "overlay", "engine/link", "engine/mesh", "engine/forward/ipv4", "engine/firewall", "status/figures"}

var impureImports = []string{"os", "net", "syscall", "os/exec", "os/signal", "log", "log/slog", "golang.org/x/sys/unix"}

var impureWords = []string{"time.Now(", "time.Sleep(", "time.After(", "time.NewTimer(", "rand.Int(", "rand.IntN(", "rand.Uint64("}

// TestPureCores proves that the pure packages are.
func TestPureCores(t *testing.T) {
	for _, dir := range pure {
		eachFile(t, dir, func(path string, imports []string, source string) {
			for _, i := range imports {
				if slices.Contains(impureImports, i) {
					t.Errorf("%s imports %s: a pure core has no such thing; hand it in", path, i)
				}
			}
			for _, word := range impureWords {
				if strings.Contains(source, word) {
					t.Errorf("%s says %s…): now and randomness are arguments of a pure core", path, word)
				}
			}
			if strings.Contains(source, "\tgo func") {
				t.Errorf("%s starts a goroutine", path)
			}
		})
	}
}

// mayKnow says what of this module a tree may import. A tree that is not listed may import anything.
var mayKnow = map[string][]string{
	"overlay": {},
	"peering": {},
	"status":  {"overlay", "peering"},
	"control": {"overlay", "peering", "status"},
	"tui":     {"control", "overlay", "peering", "status", "keyset", "tui"},
}

// TestRooms proves that each part knows only its neighbours: the console knows a controller as what may
// be asked of it and what can be seen, and the engine knows nothing of the console.
func TestRooms(t *testing.T) {
	for tree, allowed := range mayKnow {
		eachFile(t, tree, func(path string, imports []string, _ string) {
			for _, i := range imports {
				local, ok := strings.CutPrefix(i, "vns3/")
				room, _, _ := strings.Cut(local, "/")
				if ok && room != tree && !slices.Contains(allowed, room) {
					t.Errorf("%s imports %s: %s may know only %v", path, i, tree, allowed)
				}
			}
		})
	}
	eachFile(t, "engine", func(path string, imports []string, _ string) {
		for _, i := range imports {
			if strings.HasPrefix(i, "vns3/tui") || strings.HasPrefix(i, "vns3/commands") {
				t.Errorf("%s imports %s: the engine knows nothing of who looks at it", path, i)
			}
		}
	})
}

// eachFile visits the Go files of a tree, tests and test helpers left out.
func eachFile(t *testing.T, tree string, visit func(path string, imports []string, source string)) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasSuffix(path, "test") || d.Name() == "sim" || d.Name() == "testdata") {
			return fs.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		files++
		return visitFile(path, visit)
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		t.Errorf("there are no Go files in %s: the rule is about nothing", tree)
	}
}

func visitFile(path string, visit func(string, []string, string)) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	source := string(raw)
	file, err := parser.ParseFile(token.NewFileSet(), path, source, parser.ImportsOnly)
	if err != nil {
		return err
	}
	var imports []string
	for _, spec := range file.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return err
		}
		imports = append(imports, name)
	}
	visit(path, imports, source)
	return nil
}
