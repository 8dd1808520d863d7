package dialog

import (
	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/page"
)

// Ask puts the question before the request, which is sent for who at Yes. Where this console may not
// ask for it, the reason is told instead. A question without text has the one of the registry.
func Ask(c *page.Context, who any, request control.Request, q Question) tea.Cmd {
	if refused := c.Refusal(request); refused != nil {
		return page.Toast(status.Warn, refused.Error())
	}
	if action, known := control.Find(request.Action()); known && q.Text == "" {
		q.Text = action.Confirm
	}
	q.Then = c.Do(who, request)
	return page.Open(NewConfirm(c, q))
}

// OpenSheet opens a form for an action like example, or says why this console may not ask for it.
func OpenSheet(c *page.Context, example control.Request, spec Spec) tea.Cmd {
	if refused := c.Refusal(example); refused != nil {
		return page.Toast(status.Warn, refused.Error())
	}
	return page.Open(NewSheet(c, spec))
}
