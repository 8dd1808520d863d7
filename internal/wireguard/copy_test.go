package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestCopy proves that the device that the tunnels use is wireguard-go's own, in the version of go.mod,
// but for the changes listed in changes.go.
func TestCopy(t *testing.T) {
	want, err := device()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := os.ReadDir("device")
	if err != nil {
		t.Fatal(err)
	}
	var have []string
	for _, e := range entries {
		have = append(have, e.Name())
		got, err := os.ReadFile(filepath.Join("device", e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want[e.Name()]) {
			t.Errorf("device/%s differs: `go run ./internal/wireguard` makes it again", e.Name())
		}
	}
	if names := slices.Sorted(maps.Keys(want)); !slices.Equal(have, names) {
		t.Errorf("device has %v, not %v: `go run ./internal/wireguard` makes it again", have, names)
	}
}

// TestStrangeVersion proves that a version in which a change no longer fits is refused.
func TestStrangeVersion(t *testing.T) {
	if _, err := changed(changes[0].file, []byte("package device")); err == nil {
		t.Error("a file without what is to be changed was taken")
	}
}
