//go:build linux

package main

import (
	"slices"
	"strings"
	"testing"
)

// TestSpread proves median and range of odd and even numbers of values, and how they are written.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{[]float64{3, 1, 2}, "2.00 [1.00–3.00]"},
		{[]float64{4, 1, 3, 2}, "2.50 [1.00–4.00]"},
		{[]float64{12.34}, "12.3"},
		{[]float64{123.4, 123.4}, "123"},
	} {
		s, ok := spreadOf(c.values)
		if !ok || s.String() != c.want {
			t.Errorf("%v: %q, want %q", c.values, s, c.want)
		}
	}
	if _, ok := spreadOf(nil); ok {
		t.Error("no values have a median")
	}
}

// twoSystems are two rounds of two systems; the second did not finish its second.
func twoSystems() *results {
	return &results{
		shape: throughOne, offload: true, order: []string{"vns3", "other"},
		samples: map[string][]sample{
			"vns3":  {{tcp1: 2, own: 3, rtt50: 100}, {tcp1: 6, own: 1, rtt50: 100}},
			"other": {{tcp1: 1, own: 6}, {tcp1: 2}},
		},
		left: []string{"tinc: tincd not installed"}, failed: []string{"other in round 2: no TCP connection"},
	}
}

// TestRatios proves that ratios are taken within a round, and only where both systems have the metric.
func TestRatios(t *testing.T) {
	r := twoSystems()
	for m, want := range map[metric][]float64{tcp1: {2, 3}, own: {0.5}, rtt50: nil, flood64: nil} {
		if got := r.ratios("vns3", "other", m); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", metricTitles[m], got, want)
		}
	}
	r.samples["other"] = append(r.samples["other"], sample{tcp1: 0})
	r.samples["vns3"] = append(r.samples["vns3"], sample{tcp1: 1})
	if got := r.ratios("vns3", "other", tcp1); len(got) != 2 {
		t.Errorf("a ratio to nothing: %v", got)
	}
}

// TestTables proves what is printed: both tables, a dash for what was not measured, no row for what
// nobody measured, what was left out and what failed.
func TestTables(t *testing.T) {
	var out strings.Builder
	twoSystems().print(&out)
	want := `
## client – one controller – client, offloads of the underlay on

median [least–most]

                         vns3              other
TCP ×1 Gbit/s            4.00 [2.00–6.00]  1.50 [1.00–2.00]
RTT p50 µs ↓             100               –
controllers' CPU s/GB ↓  2.00 [1.00–3.00]  6.00

vns3 ÷ the other, of each round (↓: less is better)

                         other
TCP ×1 Gbit/s            2.50 [2.00–3.00]
controllers' CPU s/GB ↓  0.50

left out: tinc: tincd not installed

FAILED: other in round 2: no TCP connection
`
	if out.String() != want {
		t.Errorf("printed:\n%s\nwant:\n%s", out.String(), want)
	}
}
