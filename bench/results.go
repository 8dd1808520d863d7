//go:build linux

package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// results are the samples of one shape with the underlay's offloads on or off, by system and round.
type results struct {
	shape   shape
	offload bool
	order   []string // of the systems
	samples map[string][]sample
	left    []string // what was left out, and why
	failed  []string // loads that were not carried
}

func (r *results) title() string {
	offload := "on"
	if !r.offload {
		offload = "off"
	}
	return fmt.Sprintf("%s, offloads of the underlay %s", shapeTitles[r.shape], offload)
}

// spread is the median of some values, with their range.
type spread struct{ median, least, most float64 }

func spreadOf(values []float64) (spread, bool) {
	if len(values) == 0 {
		return spread{}, false
	}
	sorted := slices.Sorted(slices.Values(values))
	middle := len(sorted) / 2
	median := sorted[middle]
	if len(sorted)%2 == 0 {
		median = (sorted[middle-1] + sorted[middle]) / 2
	}
	return spread{median, sorted[0], sorted[len(sorted)-1]}, true
}

func (s spread) String() string {
	if s.least == s.most {
		return digits(s.median)
	}
	return fmt.Sprintf("%s [%s–%s]", digits(s.median), digits(s.least), digits(s.most))
}

// digits writes about three of them.
func digits(v float64) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f", v)
	case v >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

// values are those of a metric, by round; a round without one is passed over.
func (r *results) values(system string, m metric) []float64 {
	var all []float64
	for _, s := range r.samples[system] {
		if v, ok := s[m]; ok {
			all = append(all, v)
		}
	}
	return all
}

// ratios are those of the first system to another, round by round.
func (r *results) ratios(first, other string, m metric) []float64 {
	var all []float64
	for i, s := range r.samples[first] {
		if i >= len(r.samples[other]) {
			break
		}
		a, okA := s[m]
		b, okB := r.samples[other][i][m]
		if okA && okB && b != 0 {
			all = append(all, a/b)
		}
	}
	return all
}

// print writes two tables: what was measured, and the ratios of the first system to each other.
func (r *results) print(out io.Writer) {
	fmt.Fprintf(out, "\n## %s\n\nmedian [least–most]\n\n", r.title())
	r.table(out, r.order, func(system string, m metric) (spread, bool) { return spreadOf(r.values(system, m)) })
	if len(r.order) > 1 {
		first := r.order[0]
		fmt.Fprintf(out, "\n%s ÷ the other, of each round (↓: less is better)\n\n", first)
		r.table(out, r.order[1:], func(system string, m metric) (spread, bool) { return spreadOf(r.ratios(first, system, m)) })
	}
	for _, l := range r.left {
		fmt.Fprintf(out, "\nleft out: %s\n", l)
	}
	for _, f := range r.failed {
		fmt.Fprintf(out, "\nFAILED: %s\n", f)
	}
}

// table writes one row for each metric that was measured.
func (r *results) table(out io.Writer, columns []string, cell func(string, metric) (spread, bool)) {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "\t%s\n", strings.Join(columns, "\t"))
	for m := range metrics {
		title, any := metricTitles[m], false
		if m.lessIsBetter() {
			title += " ↓"
		}
		for _, c := range columns {
			text := "–"
			if s, ok := cell(c, m); ok {
				text, any = s.String(), true
			}
			title += "\t" + text
		}
		if any {
			fmt.Fprintln(w, title)
		}
	}
	w.Flush()
}
