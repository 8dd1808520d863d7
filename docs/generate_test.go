package main

import (
	"os"
	"testing"
)

// TestChapters proves that the chapters made from the code say what the code says.
func TestChapters(t *testing.T) {
	for name, want := range chapters() {
		got, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("docs/%s is not what the code says: run `go run ./docs`", name)
		}
	}
}
