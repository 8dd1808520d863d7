package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// marks are all of a picture but its letters.
var marks = regexp.MustCompile(`<[^>]+>|\s`)

// The pictures are drawn from a demonstration that runs, each with its page and the link that is cut.
func TestDraw(t *testing.T) {
	dir := t.TempDir()
	if err := draw(t.Context(), dir, past{}); err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		raw, err := os.ReadFile(filepath.Join(dir, p.name+".svg"))
		if err != nil || !strings.HasPrefix(string(raw), "<svg") || !strings.Contains(marks.ReplaceAllString(string(raw), ""), "Demooverlay") {
			t.Errorf("%s: %v\n%.200s", p.name, err, raw)
		}
	}
}
