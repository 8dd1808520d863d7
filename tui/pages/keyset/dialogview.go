package keyset

import (
	"fmt"
	"strings"

	"vns3/tui/component/dialog"
	"vns3/tui/component/progress"
	"vns3/tui/component/text"
)

const boxWidth = 57

// View draws the dialog.
func (d *Dialog) View(width, height int) string {
	width = min(width, boxWidth)
	inner := dialog.Inner(width)
	title := words[d.kind].title
	var lines []string
	switch d.phase {
	case filling:
		lines = d.viewForm(inner)
		if intro := d.intro(inner); len(intro)+len(lines) <= height-2 {
			lines = append(intro, lines...)
		}
	case failed, lost:
		title += " " + d.page.Theme.Glyph.Rule + " " + d.outcome()
		lines = append(progress.Lines(d.page.Theme, d.task, inner), "", text.FitRight(d.buttons.Buttons(), inner))
	case done:
		lines = d.viewDone(inner)
	default:
		lines = d.viewSteps(inner)
	}
	return dialog.Box(d.page.Theme, title, tail(lines, height-2), width, height)
}

// outcome is what became of a task that was not done.
func (d *Dialog) outcome() string {
	switch unchanged := words[d.kind].unchanged; {
	case d.phase == lost:
		return "interrupted"
	case d.task.Cancelled:
		return "cancelled, " + unchanged
	default:
		return "failed, " + unchanged
	}
}

// tail keeps the buttons and as much above them as fits.
func tail(lines []string, height int) []string {
	lines = text.Tighten(lines, height)
	if over := len(lines) - height; over > 0 && height > 3 {
		return lines[over:]
	}
	return lines
}

// intro says what the dialog is for, where there is room for it.
func (d *Dialog) intro(inner int) []string {
	if words[d.kind].intro == "" {
		return nil
	}
	lines := text.Wrap(words[d.kind].intro, inner)
	for i := range lines {
		lines[i] = d.page.Theme.Dim.Render(lines[i])
	}
	return append(lines, "")
}

func (d *Dialog) viewForm(inner int) []string {
	t := d.page.Theme
	body := d.form.View(inner)
	lines, buttons := body[:len(body)-2:len(body)-2], body[len(body)-1]
	if d.kind != fetch {
		lines = append(lines, d.meter())
	}
	if d.kind == generate && !d.page.Snapshot.Controller.License.Licensed {
		lines = append(lines, "")
		for _, line := range text.Wrap("No license here: the built-in community license is used, 9 controllers and 1,000 clientpacks.", inner) {
			lines = append(lines, t.Dim.Render(line))
		}
	}
	if r := d.refused; r != nil {
		reason := r.Reason
		if reason == "" {
			reason = r.Error()
		}
		lines = append(lines, "")
		lines = append(lines, text.Hang(t.Bad.Render(t.Glyph.Down)+" ", reason, inner)...)
		if r.Remedy != "" {
			lines = append(lines, text.Hang(t.Strong.Render("Do")+" ", r.Remedy, inner)...)
		}
	}
	return append(lines, "", buttons)
}

// meter shows how strong the token is.
func (d *Dialog) meter() string {
	t, token := d.page.Theme, d.form.Value(tokenField)
	if token == "" {
		return ""
	}
	s := measure(token)
	style := t.Bad
	switch s {
	case fair:
		style = t.Warn
	case strong:
		style = t.Good
	}
	full := strings.Repeat(t.Glyph.Bars[len(t.Glyph.Bars)-1], 4*(int(s)+1))
	rest := strings.Repeat(t.Glyph.Waiting, 4*(2-int(s)))
	return fmt.Sprintf(" %s  %s%s %s", text.Fit("", 13), style.Render(full), t.Dim.Render(rest), style.Render(s.String()))
}

// summary is what was asked for, with the token hidden.
func (d *Dialog) summary() []string {
	mask := strings.Repeat(d.page.Theme.Glyph.Mask, 12)
	switch d.kind {
	case generate:
		return []string{"Topology name   " + d.form.Value(topologyField), "Security token  " + mask}
	case fetch:
		return []string{"Controller with the keys  " + source(d.form.Value(sourceField)), "Security token            " + mask}
	}
	return []string{"Security token  " + mask}
}

func (d *Dialog) viewSteps(inner int) []string {
	t := d.page.Theme
	var lines []string
	for _, line := range d.asked {
		lines = append(lines, t.Dim.Render(line))
	}
	if len(lines) > 0 {
		lines = append(lines, "")
	}
	if len(d.task.Steps) == 0 {
		lines = append(lines, t.Accent.Render(t.Glyph.Half)+" starting …")
	}
	lines = append(lines, progress.Lines(t, d.task, inner)...)
	return append(lines, text.Sides(t.Dim.Render("You may leave this page; it goes on."), d.cancelButton(), inner))
}

func (d *Dialog) cancelButton() string {
	if d.phase == running && d.task.Cancel {
		return d.buttons.Buttons()
	}
	return ""
}

func (d *Dialog) viewDone(inner int) []string {
	t := d.page.Theme
	lines := progress.Lines(t, d.task, inner)
	if d.task.Result != "" {
		lines = append(lines, "")
		lines = append(lines, text.Hang(t.Good.Render(t.Glyph.OK)+" ", d.task.Result, inner)...)
	}
	if sum := d.page.Snapshot.Controller.TopologyChecksum; sum != "" && d.kind != changeToken && !strings.Contains(d.task.Result, sum) {
		lines = append(lines, "", t.Dim.Render("checksum ")+sum)
	}
	return append(lines, "", text.FitRight(d.buttons.Buttons(), inner))
}
