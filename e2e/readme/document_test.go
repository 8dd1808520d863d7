package readme

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// block is a code block of a document, with the line of text that introduces it.
type block struct {
	intro string
	lines []string
}

// section is the part of a document below a heading, up to the next one.
func section(t *testing.T, file, heading string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, below, found := strings.Cut(string(raw), "\n"+heading+"\n")
	if !found {
		t.Fatalf("%s has no heading %q", file, heading)
	}
	below, _, _ = strings.Cut(below, "\n## ")
	return below
}

// blocks are the code blocks of a part of a document, in order.
func blocks(text string) []block {
	var all []block
	intro, inside := "", false
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		switch {
		case strings.HasPrefix(line, "```") && inside:
			inside = false
		case strings.HasPrefix(line, "```"):
			all, inside = append(all, block{intro: intro}), true
		case inside:
			all[len(all)-1].lines = append(all[len(all)-1].lines, line)
		case line != "":
			intro = line
		}
	}
	return all
}

// changing are the parts of an output that are another at each run.
var changing = []struct {
	what *regexp.Regexp
	word string
}{
	{regexp.MustCompile(`\b[0-9a-f]{40}\b`), "CHECKSUM"},
	{regexp.MustCompile(`[+-]?\b\d+(\.\d+)? ?(ns|µs|ms|s|m|h)\b`), "TIME"},
	{regexp.MustCompile(`\bdevel(-[0-9a-f]+)?\b`), "VERSION"},
	{regexp.MustCompile(`(\d:)\d{5}\b`), "${1}PORT"},
	{regexp.MustCompile(`\b\d+/\d+$`), "BYTES"},
}

// plain is an output without what changes from run to run, and without its spacing.
func plain(text string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "")) {
		line = strings.Join(strings.Fields(line), " ")
		for _, c := range changing {
			line = c.what.ReplaceAllString(line, c.word)
		}
		if line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
