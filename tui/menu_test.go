package tui

import (
	"slices"
	"testing"

	"vns3/status/statustest"
	"vns3/tui/page"
)

// However low the screen, the menu shows the page that one is on, and with the focus the one under the cursor.
func TestMenuKeepsInSight(t *testing.T) {
	m := menu{page: &page.Context{Snapshot: statustest.Unlicensed()}, makers: Pages{}}
	for _, id := range page.All() {
		m.makers[id] = func(*page.Context) page.Page { return nil }
	}
	shows := func(at, want page.ID, height int) {
		rows := m.rows(at, height)
		if len(rows) > height || !slices.ContainsFunc(rows, func(r row) bool { return r.id == want }) {
			t.Errorf("on %s, %d lines: %v has no %s", at.Title(), height, rows, want.Title())
		}
	}
	for _, height := range []int{3, 11, 12, 30} {
		for _, id := range page.All() {
			m.focused = false
			shows(id, id, height)
			m.focus(id)
			shows(page.Runtime, id, height)
		}
	}
}
