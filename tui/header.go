package tui

import (
	"fmt"
	"strings"
	"time"

	"charm.land/lipgloss/v2"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
)

// header says who this controller is and, at the right, how the mesh is.
func (m *Model) header(width int) string {
	t, s := m.page.Theme, m.page.Snapshot
	c := s.Controller
	who := "no ID yet"
	if c.ID > 0 {
		who = strings.TrimSpace(fmt.Sprintf("#%d %s", c.ID, c.Name))
	}
	topology := c.TopologyName
	switch {
	case topology == "" && c.KeysetPresent:
		topology = "topology without a name"
	case topology == "":
		topology = "no topology"
	}
	bar, health := t.Border.Render(" "+t.Glyph.Bar+" "), m.health()+" "
	who, topology = share(who, topology, width-text.Width(health)-len(" vns3 | ")-len(" | ")-1, t.Glyph.Ellipsis)
	left := " " + t.Accent.Render("vns3") + bar + who + bar + topology
	if s.Controller.Mode == status.Demo {
		left += bar + t.Warn.Render("demo")
	}
	if m.latest == nil && m.page.Gone.IsZero() {
		left = " " + t.Accent.Render("vns3") + bar + t.Dim.Render("waiting for the controller …")
	}
	return text.Sides(left, health, width)
}

// share cuts two names so that both have a place in room cells: the longer one gives.
func share(a, b string, room int, tail string) (string, string) {
	a = text.Cut(a, max(room-text.Width(b), (room+1)/2), tail)
	return a, text.Cut(b, max(room-text.Width(a), 1), tail)
}

// health is the mesh at a glance: a glyph's colour, always with words.
func (m *Model) health() string {
	t, s := m.page.Theme, m.page.Snapshot
	var parts []string
	if !m.page.Gone.IsZero() {
		gone := figures.Span(time.Since(m.page.Gone))
		return t.Bad.Render(t.Glyph.Down + " no answer for " + gone + ", trying again")
	}
	if m.latest == nil {
		return ""
	}
	switch {
	case !m.page.MayWrite():
		parts = append(parts, t.Dim.Render("read-only"))
	case !m.page.MayEdit():
		parts = append(parts, t.Dim.Render("file read-only"))
	}
	if m.page.Paused {
		parts = append(parts, t.Warn.Render("paused"))
	}
	if s.Controller.Draining {
		parts = append(parts, t.Warn.Render("draining"))
	}
	words, style := meshWords(s, m)
	parts = append(parts, style.Render(words))
	if w := m.warnings(); w != "" {
		parts = append(parts, w)
	}
	return strings.Join(parts, "  ")
}

// meshWords says how many controllers of the topology are reached directly, this one included.
func meshWords(s *status.Snapshot, m *Model) (string, lipgloss.Style) {
	t := m.page.Theme
	switch {
	case !s.Controller.KeysetPresent:
		return "no keyset", t.Dim
	case !s.Controller.Peered:
		return "not peered", t.Dim
	}
	all, reached := 1, 1
	for _, p := range s.Peers {
		if p.Self || p.State == status.NotSet {
			continue
		}
		all++
		if p.Reachable {
			reached++
		}
	}
	switch {
	case all == 1:
		return "single controller", t.Dim
	case reached == all:
		return fmt.Sprintf("mesh %d of %d", reached, all), t.Good
	case reached == 1:
		return fmt.Sprintf("mesh %d of %d", reached, all), t.Bad
	}
	return fmt.Sprintf("mesh %d of %d", reached, all), t.Warn
}

// warnings counts them in the colour of the worst.
func (m *Model) warnings() string {
	t, n, style := m.page.Theme, 0, m.page.Theme.Warn
	for _, w := range m.page.Snapshot.Warnings {
		if w.Severity == status.Info {
			continue
		}
		n++
		if w.Severity == status.Error {
			style = t.Bad
		}
	}
	if n == 0 {
		return ""
	}
	return style.Render(fmt.Sprintf("%s %d", t.Glyph.Warning, n))
}
