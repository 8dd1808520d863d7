package main

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/printer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// constantTime are the packages that compare what a caller sent with a secret, and every comparison of
// texts or bytes there that is not made in constant time: of what is no secret.
var constantTime = map[string][]string{
	"./engine/api/access": {"u.Name == name"},
	"./keyset/fetch":      {"b.Checksum.String() != w.Checksum", "b.Keyset.UUID != f.offer.Keyset", "row.Address == s.source"},
}

// TestSecretsAreComparedInConstantTime proves that the packages which check passwords, tokens and proofs
// compare texts and bytes with crypto/subtle only: how long a comparison takes says nothing of how much of
// a guess was right.
func TestSecretsAreComparedInConstantTime(t *testing.T) {
	for dir, allowed := range constantTime {
		t.Run(dir, func(t *testing.T) {
			found, constant := comparisons(t, dir)
			slices.Sort(found)
			if !slices.Equal(found, allowed) {
				t.Errorf("compared as long as they are alike: %q, want only %q: use crypto/subtle", found, allowed)
			}
			if constant == 0 {
				t.Error("nothing is compared with crypto/subtle")
			}
		})
	}
}

// comparisons are the comparisons of texts and bytes in a package that end at the first difference, and
// how many there are in constant time. What is compared with a constant is no secret.
func comparisons(t *testing.T, dir string) (found []string, constant int) {
	files, info, fset := typed(t, dir)
	text := func(n ast.Node) string {
		var b bytes.Buffer
		if err := printer.Fprint(&b, fset, n); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	secret := func(x ast.Expr) bool { return info.Types[x].Value == nil && holdsText(info.Types[x].Type) }
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.BinaryExpr:
				if (n.Op == token.EQL || n.Op == token.NEQ) && secret(n.X) && secret(n.Y) {
					found = append(found, text(n))
				}
			case *ast.SwitchStmt:
				for _, c := range n.Body.List {
					if n.Tag != nil && secret(n.Tag) && slices.ContainsFunc(c.(*ast.CaseClause).List, secret) {
						found = append(found, "switch "+text(n.Tag))
					}
				}
			case *ast.CallExpr:
				name := text(n.Fun)
				if name == "subtle.ConstantTimeCompare" || name == "hmac.Equal" {
					constant++
				} else if hasty(name) && len(n.Args) == 2 && secret(n.Args[0]) && secret(n.Args[1]) {
					found = append(found, text(n))
				}
			}
			return true
		})
	}
	return found, constant
}

// hasty reports whether a function of the library compares until the first difference.
func hasty(name string) bool {
	where, what, _ := strings.Cut(name, ".")
	return slices.Contains([]string{"bytes", "strings", "slices", "cmp", "reflect"}, where) &&
		slices.Contains([]string{"Equal", "EqualFold", "EqualFunc", "Compare", "DeepEqual", "Contains", "Index", "HasPrefix", "HasSuffix"}, what)
}

// holdsText reports whether a secret may be in a value of the type: a text, bytes, or some of these. A byte
// of a type of its own is a number, such as the type of a message.
func holdsText(t types.Type) bool {
	if types.Identical(t, types.Typ[types.Byte]) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Basic:
		return u.Info()&types.IsString != 0
	case *types.Slice:
		return holdsText(u.Elem())
	case *types.Array:
		return holdsText(u.Elem())
	}
	return false
}

// typed reads a package and finds the type of every expression in it, as the compiler does.
func typed(t *testing.T, dir string) ([]*ast.File, *types.Info, *token.FileSet) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export,Dir,GoFiles", dir).Output()
	if err != nil {
		t.Fatal(err)
	}
	var p struct { // the package itself comes last
		ImportPath, Export, Dir string
		GoFiles                 []string
	}
	exports := map[string]string{}
	for list := json.NewDecoder(bytes.NewReader(out)); list.More(); exports[p.ImportPath] = p.Export {
		if err := list.Decode(&p); err != nil {
			t.Fatal(err)
		}
	}
	fset, files := token.NewFileSet(), []*ast.File(nil)
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(fset, filepath.Join(p.Dir, name), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	open := func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) }
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	conf := types.Config{Importer: importer.ForCompiler(fset, "gc", open)}
	if _, err := conf.Check(p.ImportPath, fset, files, info); err != nil {
		t.Fatal(err)
	}
	return files, info, fset
}
