//go:build linux

package main

import (
	"strings"
	"testing"
	"time"
)

// TestNoise proves that each kind of noise is named, and a quiet machine is not accused.
func TestNoise(t *testing.T) {
	even := twoSystems()
	even.samples = map[string][]sample{"vns3": {{tcp1: 2}, {tcp1: 2.5}}}
	for _, c := range []struct {
		name         string
		busy, stolen float64
		results      *results
		want         []string
	}{
		{"quiet", 0.02, 0.001, even, nil},
		{"busy", 0.3, 0, even, []string{"something else was at work"}},
		{"stolen", 0, 0.05, even, []string{"the hypervisor"}},
		{"uneven", 0, 0, twoSystems(), []string{"vns3: TCP ×1 Gbit/s differs between rounds by 3.0 ×", "other: TCP ×1 Gbit/s differs between rounds by 2.0 ×"}},
	} {
		var out strings.Builder
		(&watch{busy: c.busy, loadText: "0.1"}).tell(&out, c.stolen, []*results{c.results})
		if n := strings.Count(out.String(), "NOISY"); n != len(c.want) {
			t.Errorf("%s: %d warnings, want %d:\n%s", c.name, n, len(c.want), out.String())
		}
		for _, want := range c.want {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s: not said: %s\n%s", c.name, want, out.String())
			}
		}
	}
}

// TestPart proves the arithmetic of processor time.
func TestPart(t *testing.T) {
	now := host{busy: 30 * time.Second, stolen: 10 * time.Second, idle: 80 * time.Second}
	past := host{busy: 10 * time.Second, stolen: 0, idle: 10 * time.Second}
	since := now.since(past)
	if got := since.part(since.busy); got != 0.2 {
		t.Errorf("busy %v, want 0.2", got)
	}
	if got := (host{}).part(0); got != 0 {
		t.Errorf("of no time %v", got)
	}
}
