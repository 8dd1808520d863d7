package demo

import (
	"errors"
	"strings"
	"testing"
	"time"

	page "vns3/tui/pages/demo"
)

// A loss fails a stop of the tour. One while the machine stood still is told too, and is never called a
// success; a machine that stood still and lost nothing did well.
func TestLossless(t *testing.T) {
	state := func(lost int, late time.Duration) page.State {
		return page.State{Streams: []page.Stream{
			{Tally: page.Tally{Sent: 100, Received: 100 - lost, Lost: lost}},
			{Tally: page.Tally{Sent: 100, Received: 100, Late: late}},
		}}
	}
	var doubt *notJudged
	if err := lossless(state(0, time.Second)); err != nil {
		t.Error(err)
	}
	if err := lossless(state(3, stoodStill-time.Millisecond)); err == nil || errors.As(err, &doubt) || !strings.Contains(err.Error(), "3 lost") {
		t.Errorf("a loss is told as %v", err)
	}
	if err := lossless(state(3, stoodStill)); !errors.As(err, &doubt) || !strings.Contains(err.Error(), "3 packets were lost") {
		t.Errorf("a loss on a machine that stood still is told as %v", err)
	}
	if text := verdict(7, 1); !strings.Contains(text, "6 of 7") || !strings.Contains(text, "1 cannot be judged") {
		t.Error(text)
	}
}
