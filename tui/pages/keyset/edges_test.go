package keyset

import (
	"testing"
	"testing/synctest"

	"vns3/status/statustest"
	"vns3/tui/tuitest"
)

// The keys went while another page was shown: the cursor stands on a choice that is left.
func TestFewerChoices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(statustest.Three())
		c := tuitest.NewContext(b)
		p := New(c)
		player := tuitest.Play(t, c, p)
		player.Keys("down", "down", "down")
		c.Snapshot = statustest.NoKeyset()
		p.Init()
		if last := len(p.choices()) - 1; p.cursor != last {
			t.Errorf("the cursor is on choice %d of %d", p.cursor, last)
		}
	})
}
