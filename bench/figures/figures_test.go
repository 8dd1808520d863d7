package figures

import "testing"

// TestSpread proves that the median is that of the sorted values, and that the values stay as they are.
func TestSpread(t *testing.T) {
	for _, c := range []struct {
		values []int
		want   string
	}{{[]int{7}, "7 [7–7]"}, {[]int{9, 1, 5}, "5 [1–9]"}, {[]int{8, 2, 4, 1}, "3 [1–8]"}} {
		first := c.values[0]
		if got := Spread(c.values); got != c.want || c.values[0] != first {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}
