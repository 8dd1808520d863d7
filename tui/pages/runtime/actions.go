package runtime

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/findings"
	"vns3/tui/page"
)

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.Check{}.Action():
		return p.c.Do(p, control.Check{})
	case control.TaskCancel{}.Action():
		return p.cancelTask()
	}
	return nil
}

// cancelTask asks about the newest task that can be cancelled.
func (p *Page) cancelTask() tea.Cmd {
	for i := len(p.seen.Tasks) - 1; i >= 0; i-- {
		task := p.seen.Tasks[i]
		if task.Cancel && running(task) {
			return page.Open(dialog.NewConfirm(p.c, dialog.Question{
				Title: "Stop a task", Text: task.Title + " stops where it is.", Yes: "Stop it",
				Then: p.c.Do(p, control.TaskCancel{ID: task.ID}),
			}))
		}
	}
	return page.Note("No task runs that could be cancelled.")
}

func running(t status.Task) bool { return t.State == status.Running || t.State == status.Waiting }

// replied shows what came of an action.
func (p *Page) replied(r page.Reply) tea.Cmd {
	if r.Err != nil {
		return page.Toast(status.Error, r.Err.Error())
	}
	switch request := r.Request.(type) {
	case control.Check:
		if report, is := r.Value.(control.Report); is {
			return page.Open(dialog.NewLive(p.c, "Check", func(width int) []string { return reportLines(p.c, report, width) }))
		}
	case control.PeeringAccept:
		return page.Toast(status.Info, fmt.Sprintf("Row %d has its address now.", request.ID))
	case control.TaskCancel:
		return page.Toast(status.Info, "The task is being cancelled.")
	}
	return nil
}

// reportLines draws the doctor's report: each subject once, with its findings under it.
func reportLines(c *page.Context, report control.Report, width int) []string {
	verdict := c.Theme.Good.Render(c.Theme.Glyph.OK + " nothing is wrong")
	if !report.OK {
		verdict = c.Theme.Bad.Render(c.Theme.Glyph.Down + " something is wrong, worst first")
	}
	lines, subject := []string{verdict}, ""
	for _, f := range report.Findings {
		if f.Subject != subject {
			subject = f.Subject
			lines = append(lines, "", c.Theme.Strong.Render(subject))
		}
		lines = append(lines, findings.Lines(c.Theme, []status.Check{f.Check}, width)...)
	}
	return lines
}

// taskLines are the running tasks, each in one line.
func (p *Page) taskLines() []string {
	t := p.c.Theme
	var lines []string
	for _, task := range p.seen.Tasks {
		if !running(task) {
			continue
		}
		done, now := 0, ""
		for _, step := range task.Steps {
			switch step.State {
			case status.Done:
				done++
			case status.Running:
				now = ": " + step.Text
			}
		}
		lines = append(lines, t.Accent.Render(t.Glyph.Half)+fmt.Sprintf(" %s, step %d of %d%s", task.Title, min(done+1, len(task.Steps)), len(task.Steps), now))
	}
	return lines
}
