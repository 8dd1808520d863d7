package packs

import (
	"fmt"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/page"
)

// enable enables a pack at once, and asks before it disables one.
func (p *Page) enable(pack *status.Client) tea.Cmd {
	on := !pack.Enabled
	request := control.PackSet{Name: pack.Name, Enabled: &on}
	if on {
		return p.c.Do(p, request)
	}
	return dialog.Ask(p.c, p, request, dialog.Question{
		Title: "Disable a clientpack", Yes: "Disable",
		Text: fmt.Sprintf("Disable %s? Its session ends, and no controller serves it until it is enabled again.", pack.Name),
	})
}

// checkOut checks a pack out at once, and asks before it checks one in.
func (p *Page) checkOut(pack *status.Client) tea.Cmd {
	on := !pack.CheckedOut
	request := control.PackSet{Name: pack.Name, CheckedOut: &on}
	if on {
		return p.c.Do(p, request)
	}
	return dialog.Ask(p.c, p, request, dialog.Question{
		Title: "Check a clientpack in", Yes: "Check in",
		Text: fmt.Sprintf("Check %s in? It may be handed out again, and whoever has its configuration can still use it. To lock them out, give it a new key first (R).", pack.Name),
	})
}

func (p *Page) disconnect(pack *status.Client) tea.Cmd {
	if !pack.Connected {
		return page.Note(pack.Name + " is not connected.")
	}
	return dialog.Ask(p.c, p, control.ClientDisconnect{Name: pack.Name}, dialog.Question{
		Title: "Disconnect " + pack.Name, Text: "End its session? The client may come again by itself; to keep it out, disable it (d).", Yes: "Disconnect",
	})
}

func (p *Page) regenerate(pack *status.Client) tea.Cmd {
	return dialog.Ask(p.c, p, control.PackRegenerate{Name: pack.Name}, dialog.Question{
		Title: "New key for " + pack.Name, Text: "Regenerate? The configuration in use stops working everywhere; export it again and replace the file on the client server.", Yes: "Regenerate",
	})
}

// invoke begins an action that the palette sent here.
func (p *Page) invoke(action string) tea.Cmd {
	switch action {
	case control.PackNext{}.Action():
		return p.next()
	case control.PackAdd{}.Action():
		return p.add()
	}
	pack := p.list.selected()
	if pack == nil {
		return page.Note("There is no clientpack to do this with: n hands one out.")
	}
	switch action {
	case control.PackExport{}.Action():
		return page.Open(newExport(p.c, pack.Name))
	case control.PackSet{}.Action():
		return p.tag(pack)
	case control.PackRegenerate{}.Action():
		return p.regenerate(pack)
	case control.ClientDisconnect{}.Action():
		return p.disconnect(pack)
	}
	return nil
}

// replied says what came of an action.
func (p *Page) replied(r page.Reply) tea.Cmd {
	if r.Err != nil {
		return page.Toast(status.Error, r.Err.Error())
	}
	switch request := r.Request.(type) {
	case control.PackExport:
		if file, is := r.Value.(control.PackFile); is {
			return page.Open(newCode(p.c, request.Name, file))
		}
	case control.PackSet:
		if request.All {
			return page.Toast(status.Info, "Each clientpack "+did(request)+".")
		}
		return page.Toast(status.Info, request.Name+" "+did(request)+".")
	case control.PackRegenerate:
		return page.Toast(status.Info, "New keys are being made; export again when that is done.")
	case control.ClientDisconnect:
		return page.Toast(status.Info, "Disconnected.")
	}
	return nil
}

// did is what a PackSet of one field did.
func did(r control.PackSet) string {
	switch {
	case r.Enabled != nil && *r.Enabled:
		return "is enabled"
	case r.Enabled != nil:
		return "is disabled"
	case r.CheckedOut != nil && *r.CheckedOut:
		return "is checked out"
	default:
		return "is checked in"
	}
}
