package keyset

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/checksum"
	"vns3/tui/component/progress"
	"vns3/tui/component/text"
)

// View draws what is known of the keys, what can be done and what is going on.
func (p *Page) View() string {
	lines := p.above()
	for i, c := range p.choices() {
		lines = append(lines, p.viewChoice(c, i == p.cursor))
	}
	lines = append(lines, p.below()...)
	return strings.Join(lines[:min(len(lines), max(p.height, 1))], "\n")
}

// firstChoice is the line of the first choice.
func (p *Page) firstChoice() int { return len(p.above()) }

func (p *Page) viewChoice(c choice, selected bool) string {
	t := p.page.Theme
	mark, label := "  ", text.Fit(c.label, 18)
	if selected {
		mark, label = " "+t.Accent.Render(t.Glyph.Cursor), t.Selected.Render(label)
	} else if !p.page.MayWrite() {
		label = t.Dim.Render(label)
	}
	return text.Cut(mark+" "+label+" "+t.Dim.Render(c.about), p.width, t.Glyph.Ellipsis)
}

// above is what is known of the keys; without keys, what they are for, where there is room for it.
func (p *Page) above() []string {
	if !p.present() && p.height < 14 {
		return nil
	}
	if !p.present() {
		return append(text.Wrap("Keys are generated once per topology, on one controller, with a security token. "+
			"Every other controller fetches them from it with the same token; the license comes along.", p.width-1), "")
	}
	t, s := p.page.Theme, p.page.Snapshot
	words, equal := checksum.Words(s)
	verdict := t.Good.Render("= ") + words
	if !equal {
		verdict = t.Bad.Render(t.Glyph.Down+" ") + words
	} else if !strings.HasPrefix(words, "equal") {
		verdict = t.Dim.Render("  " + words)
	}
	lines := []string{p.field("Checksum", s.Controller.TopologyChecksum)}
	lines = append(lines, text.Hang(text.Fit("", 11), verdict, p.width)...)
	lines = append(lines, text.Hang(" "+t.Dim.Render(text.Fit("Topology", 10)), cmp.Or(s.Controller.TopologyName, "has no name; Settings gives it one"), p.width)...)
	origin := []string{p.field("Created", p.created())}
	if s.Keyset.UUID != "" && p.height > 13 {
		origin = append(origin, p.field("UUID", s.Keyset.UUID))
	}
	source, room := append(p.source(), ""), p.height-len(p.choices())
	if len(lines)+len(origin)+len(source) > room+1 { // what can be done must be seen
		origin = nil
	}
	return text.Tighten(append(append(lines, origin...), source...), room)
}

func (p *Page) created() string {
	k := p.page.Snapshot.Keyset
	made := "fetched from " + k.Source
	if k.Source == "generated" || k.Source == "" {
		made = "generated here"
	}
	if k.CreatedAt.IsZero() {
		return made
	}
	return k.CreatedAt.Format(time.DateTime) + ", " + made
}

// source says whether other controllers may fetch from here.
func (p *Page) source() []string {
	t, f := p.page.Theme, p.page.Snapshot.Fetch
	state := t.Good.Render(t.Glyph.Up+" open") + " for other controllers, on TCP 8000"
	if !f.Open {
		state = t.Warn.Render(t.Glyph.Down+" closed") + " after too many wrong tokens"
	}
	lines := []string{p.field("Source", state)}
	if f.Failures > 0 {
		from := ""
		if f.LastFrom != "" {
			from = fmt.Sprintf(", last %s ago from %s", figures.Since(p.page.Now(), f.LastAt), f.LastFrom)
		}
		lines = append(lines, p.field("", t.Dim.Render(figures.Count(f.Failures, "wrong token")+from)))
	}
	return lines
}

// below is the task that runs, or what is good to know.
func (p *Page) below() []string {
	t := p.page.Theme
	for _, w := range words {
		task, busy := p.page.RunningTask(w.action)
		if !busy {
			continue
		}
		lines := []string{"", t.Heading.Render(" " + strings.ToUpper(task.Title))}
		for _, line := range progress.Lines(t, task, p.width-2) {
			lines = append(lines, " "+line)
		}
		return lines
	}
	lines := []string{""}
	note := func(s string) { lines = append(lines, text.Hang(" ", s, p.width)...) }
	if s := p.page.Snapshot; s.Suggestion != nil {
		note(t.Accent.Render(t.Glyph.Cursor) + " The keyset brought the peering table of " + s.Suggestion.From + ". Controller Peering offers it.")
	}
	if !p.present() {
		if last, ok := p.lastFailure(); ok {
			note(t.Bad.Render(t.Glyph.Down) + " " + last.Title + ": " + last.Error)
			if last.Remedy != "" {
				note(last.Remedy)
			}
			lines = append(lines, "")
		}
		note(t.Dim.Render("Fetching needs TCP 8000 from this controller to the one that has the keys."))
	}
	return lines
}

// lastFailure is the newest keyset task, if it failed.
func (p *Page) lastFailure() (status.Task, bool) {
	tasks := p.page.Snapshot.Tasks
	for i := len(tasks) - 1; i >= 0; i-- {
		if strings.HasPrefix(tasks[i].Name, "keyset ") {
			return tasks[i], tasks[i].State == status.Failed && !tasks[i].Cancelled
		}
	}
	return status.Task{}, false
}

func (p *Page) field(label, value string) string {
	return text.Cut(" "+p.page.Theme.Dim.Render(text.Fit(label, 10))+value, p.width, p.page.Theme.Glyph.Ellipsis)
}
