package sparkline_test

import (
	"testing"

	"github.com/charmbracelet/x/ansi"

	"vns3/tui/component/sparkline"
	"vns3/tui/theme"
)

// The newest values stand at the right, scaled to the highest; gaps and missing history are blank.
func TestLine(t *testing.T) {
	th := theme.New(theme.Options{})
	for _, c := range []struct {
		values []float64
		want   string
	}{
		{nil, "    "}, {[]float64{1}, "   █"}, {[]float64{9, 9, 0, 4, 8, -1}, "▁▅█ "}, {[]float64{0, 0}, "  ▁▁"},
	} {
		if got := ansi.Strip(sparkline.Scaled(th, c.values, 4, 0)); got != c.want {
			t.Errorf("%v: %q, want %q", c.values, got, c.want)
		}
	}
}
