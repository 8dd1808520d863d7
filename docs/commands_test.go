package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// runBy names who runs a command that e2e/readme does not type: a file, and what stands in it.
var runBy = map[string]struct{ file, text string }{
	"go run .":                               {"e2e/readme/clone_test.go", `"go run ."`},
	"go run . demo":                          {"e2e/console/demo_test.go", `ns.Command(path, "demo")`},
	"go run . demo --script":                 {"e2e/readme/clone_test.go", `"go run . demo --script"`},
	"go test -race ./...":                    {".ci/run", "go test -race -timeout 15m ./..."},
	"go test ./engine/mesh/sim -seeds=10000": {".ci/run", "go test -count=1 -timeout 10m ./engine/mesh/sim -seeds=10000"},
	".ci/fuzz 300000x":                       {".ci/run", ".ci/fuzz 30000x"},
	".ci/run":                                {".ci/run", "go run ./bench -short"}, // it is what runs all the others
	"go run ./docs":                          {"docs/generate_test.go", "chapters()"},
	"go run ./docs/screens":                  {"docs/screens/main_test.go", "draw(t.Context(), dir, past{})"},
	"packaging/build":                        {"packaging/packaging_test.go", `exec.Command("./build", dist)`},
	"vns3 license install FILE":              {"commands/engine_test.go", `"license", "install"`},
	"vns3 events":                            {"commands/engine_test.go", `"events", "--count", "0"`},
	"vns3 --controller 10.0.1.10 status":     {"commands/engine_test.go", `"--controller", site.Addr()`},
	"sudo vns3 service remove":               {"e2e/readme/operations_test.go", `"sudo vns3 service remove --yes"`},
}

// command is a line that somebody who reads a document may type.
type command struct{ file, heading, line string }

// TestCommands proves that every command in README and docs is run: typed by e2e/readme, run by the test
// or step that the table names, or being itself a test; a measurement's flags are read by its program,
// which .ci/run runs for seconds.
func TestCommands(t *testing.T) {
	typed, programs := typedHeadings(t), built{}
	var all, left []command
	for _, file := range append([]string{"../README.md"}, documents(t)...) {
		all = append(all, commandsOf(t, file)...)
	}
	if len(all) < 60 {
		t.Fatalf("only %d commands are found: the test reads nothing", len(all))
	}
	var followed strings.Builder
	for _, c := range all {
		if c.heading != "" && typed[c.heading] {
			followed.WriteString(c.line + "\n")
		} else {
			left = append(left, c)
		}
	}
	for _, c := range left {
		by, known := runBy[c.line]
		program, isOurs := strings.CutPrefix(strings.TrimPrefix(c.line, "sudo "), "vns3 ")
		switch {
		case known:
			if !strings.Contains(read(t, "../"+by.file), by.text) {
				t.Errorf("%s: %s is not run by %s", c.file, c.line, by.file)
			}
		case isOurs && (program == strings.ToUpper(program) || strings.Contains(followed.String(), "vns3 "+program)):
		case strings.HasPrefix(c.line, "go test "):
			isTest(t, c)
		case strings.HasPrefix(c.line, "go run ./"):
			isMeasurement(t, c, programs)
		case strings.HasPrefix(c.line, "go build "):
		default:
			t.Errorf("%s: nobody runs %s", c.file, c.line)
		}
	}
}

func documents(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("no documents: %v", err)
	}
	return files
}

func read(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

var (
	quotedName = regexp.MustCompile(`"([A-Z][^"\n]*)"`)
	inline     = regexp.MustCompile("`((?:go (?:run|test|build)|\\.ci/\\w+|packaging/build|(?:sudo )?vns3)(?: [^`]*)?)`")
	isCommand  = regexp.MustCompile(`^ *\d* *((?:go|sudo|vns3|curl|ping|printf|\.ci/\w+|packaging/build)(?: .*)?)$`)
)

// typedHeadings are those of the sections that e2e/readme types line by line, from its tests.
func typedHeadings(t *testing.T) map[string]bool {
	headings := map[string]bool{}
	for _, file := range []string{"readme_test.go", "operations_test.go"} {
		for line := range strings.Lines(read(t, "../e2e/readme/"+file)) {
			for _, name := range quotedName.FindAllStringSubmatch(line, -1) {
				headings[name[1]] = true
			}
		}
	}
	return headings
}

// commandsOf are the lines of a document's code that are commands, and those inside its text. The latter
// have no heading: nobody types them where they stand.
func commandsOf(t *testing.T, file string) (all []command) {
	heading, inside := "", false
	for line := range strings.Lines(read(t, file)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside
			continue
		case !inside && strings.HasPrefix(line, "#"):
			heading = strings.TrimLeft(line, "# ")
			continue
		}
		if inside || strings.HasPrefix(line, "    ") {
			line, _, _ = strings.Cut(line, "  #")
			if m := isCommand.FindStringSubmatch(strings.TrimRight(line, " ")); m != nil && !strings.Contains(line, "│") {
				all = append(all, command{file, heading, m[1]})
			}
			continue
		}
		for _, m := range inline.FindAllStringSubmatch(line, -1) {
			c := command{file: file, line: strings.TrimSpace(m[1])}
			if strings.Contains(line, m[0]+" says on ") {
				c.heading = heading // it is typed to see that it says what follows
			}
			if c.line != "vns3" {
				all = append(all, c)
			}
		}
	}
	return all
}
