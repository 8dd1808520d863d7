package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// goTestFlags are the flags that every test has and that documents use.
var goTestFlags = []string{"race", "v", "run", "count", "bench", "benchtime", "fuzz", "fuzztime"}

// isTest proves that a test, benchmark or fuzz target that a document names is there, and has the flags that
// it is given: go test ./... runs the tests.
func isTest(t *testing.T, c command) {
	t.Helper()
	words := append(strings.Fields(c.line), "")
	source := tests(t, words[2:])
	for i, word := range words[:len(words)-1] {
		flag, isFlag := strings.CutPrefix(word, "-")
		flag, _, _ = strings.Cut(flag, "=")
		name, _, _ := strings.Cut(strings.Trim(words[i+1], `"^$`), "(")
		switch {
		case !isFlag:
		case !slices.Contains(goTestFlags, flag) && !strings.Contains(source, `("`+flag+`", `) && !(flag == "update" && strings.Contains(source, "tuitest.Golden(")):
			t.Errorf("%s: %s: there is no flag -%s", c.file, c.line, flag)
		case slices.Contains([]string{"run", "bench", "fuzz"}, flag) && name != "" && !strings.Contains(source, "\nfunc "+name):
			t.Errorf("%s: %s: there is no %s", c.file, c.line, name)
		}
	}
}

// tests is the source of the tests of packages, which must have some.
func tests(t *testing.T, packages []string) string {
	t.Helper()
	var source strings.Builder
	for _, name := range packages {
		if !strings.HasPrefix(name, "./") {
			break
		}
		dir, tree := strings.CutSuffix(name, "/...")
		if _, err := os.Stat("../" + dir); err != nil {
			t.Error(err)
		}
		files, _ := filepath.Glob("../" + dir + "/*_test.go") // the pattern is well formed
		if len(files) == 0 && !tree {
			t.Errorf("%s has no test", name)
		}
		for _, file := range files {
			source.WriteString(read(t, file))
		}
	}
	return source.String()
}

// TestExample proves that the test that docs/development.md shows is one that is run.
func TestExample(t *testing.T) {
	_, shown, _ := strings.Cut(read(t, "development.md"), "\n// Traffic goes round")
	shown, _, found := strings.Cut(shown, "```")
	if !found || !strings.Contains(read(t, "../e2e/mesh/cut_test.go"), "\n// Traffic goes round"+shown) {
		t.Errorf("e2e/mesh does not run what docs/development.md shows:\n%s", shown)
	}
}

// isMeasurement proves that a program that measures takes the flags that a document gives it, which stops
// before it measures, and that .ci/run measures with it.
func isMeasurement(t *testing.T, c command, programs built) {
	t.Helper()
	words := strings.Fields(strings.NewReplacer("PROGRAM,…", "PROGRAM", "DIR", t.TempDir()).Replace(c.line))
	if !slices.Contains(words, "-help") {
		words = append(words, "-help")
	}
	if out, err := exec.Command(programs.of(t, words[2]), words[3:]...).CombinedOutput(); err != nil {
		t.Errorf("%s: %s: %v\n%s", c.file, c.line, err, out)
	}
	if !strings.Contains(read(t, "../.ci/run"), "\ngo run "+words[2]+" -") {
		t.Errorf("%s: %s: .ci/run does not run %s", c.file, c.line, words[2])
	}
}

// TestShort proves that README stays as short as it has to be to be read.
func TestShort(t *testing.T) {
	if lines := strings.Count(read(t, "../README.md"), "\n"); lines >= 250 {
		t.Errorf("README.md has %d lines: move something to docs/", lines)
	}
}

// loneFlag is a flag of a measurement that a document names outside a command.
var loneFlag = regexp.MustCompile("`(-[a-z]+)( [^`]*)?`")

// TestFlags proves that every flag that the document of the figures names alone is one of a program that
// it names.
func TestFlags(t *testing.T) {
	const document = "performance.md"
	programs, help := built{}, ""
	for _, c := range commandsOf(t, document) {
		if words := strings.Fields(c.line); strings.HasPrefix(c.line, "go run ./") && programs[words[2]] == "" {
			out, _ := exec.Command(programs.of(t, words[2]), "-help").CombinedOutput() // what it says is looked at
			help += string(out)
		}
	}
	named := loneFlag.FindAllStringSubmatch(read(t, document), -1)
	if len(named) < 3 {
		t.Fatalf("only %d flags are found: the test reads nothing", len(named))
	}
	for _, flag := range named {
		if !strings.Contains(help, "\n  "+flag[1]) {
			t.Errorf("%s: %s is a flag of no program", document, flag[1])
		}
	}
}

// built are programs that were built once, by package.
type built map[string]string

func (b built) of(t *testing.T, name string) string {
	t.Helper()
	if b[name] == "" {
		b[name] = filepath.Join(t.TempDir(), filepath.Base(name))
		if out, err := exec.Command("go", "build", "-o", b[name], "../"+name).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	return b[name]
}
