package commands

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

var (
	fenced = regexp.MustCompile("(?s)```\n(.*?)```")
	inline = regexp.MustCompile("`(vns3 [^`]+)`")
)

// TestDocuments proves that every command in README and docs exists, with the flags that it is given.
func TestDocuments(t *testing.T) {
	files, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	checked := 0
	for _, file := range append(files, "../README.md") {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, line := range commandLines(string(raw)) {
			checked++
			checkLine(t, filepath.Base(file), line)
		}
	}
	if checked < 20 {
		t.Errorf("only %d commands were found in the documents: the test reads nothing", checked)
	}
}

// commandLines are the uses of the program in a document: lines of code blocks, and inline code.
func commandLines(text string) []string {
	var lines []string
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		for _, line := range strings.Split(block[1], "\n") {
			line, _, _ = strings.Cut(line, "  #")
			_, use, ok := strings.Cut(" "+strings.TrimSpace(line), " ./vns3 ")
			if !ok {
				use, ok = strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(line), "sudo "), "vns3 ")
			}
			if ok && !strings.Contains(line, "│") {
				lines = append(lines, use)
			}
		}
	}
	for _, use := range inline.FindAllStringSubmatch(text, -1) {
		lines = append(lines, strings.TrimPrefix(use[1], "vns3 "))
	}
	return lines
}

func checkLine(t *testing.T, file, line string) {
	t.Helper()
	if first, _, _ := strings.Cut(line, " "); first != strings.ToLower(first) {
		return // a placeholder: vns3 ACTION
	}
	cmd, rest, err := (&app{}).root().Find(strings.Fields(line))
	if err != nil || !cmd.HasParent() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") {
		t.Errorf("%s: vns3 %s: there is no such command", file, line)
		return
	}
	if cmd.HasSubCommands() && len(rest) > 0 && !strings.HasPrefix(rest[0], "-") && cmd.HasParent() && !cmd.Runnable() {
		t.Errorf("%s: vns3 %s: %s has no %q", file, line, cmd.CommandPath(), rest[0])
	}
	for _, word := range rest {
		name, isFlag := strings.CutPrefix(word, "--")
		name, _, _ = strings.Cut(name, "=")
		if isFlag && flagOf(cmd, name) == nil && name != "help" && name != "version" {
			t.Errorf("%s: vns3 %s: there is no flag --%s", file, line, name)
		}
	}
}

func flagOf(cmd *cobra.Command, name string) *pflag.Flag {
	if f := cmd.Flags().Lookup(name); f != nil {
		return f
	}
	return cmd.InheritedFlags().Lookup(name)
}
