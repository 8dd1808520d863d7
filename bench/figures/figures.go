// Package figures writes what was measured several times.
package figures

import (
	"fmt"
	"slices"
)

// Spread is the median and the range.
func Spread(values []int) string {
	return fmt.Sprintf("%d [%d–%d]", Median(values), slices.Min(values), slices.Max(values))
}

// Median is the middle value, or the mean of the two in the middle.
func Median(values []int) int {
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// Verdict says whether an aim was met.
func Verdict(met bool, aim string) string {
	if met {
		return "aim met: " + aim
	}
	return "aim MISSED: " + aim
}
