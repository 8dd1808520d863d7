package demo

import (
	"context"
	"fmt"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"vns3/tui/page"
)

// controller is the one that is chosen.
func (p *Page) controller() (Controller, bool) {
	if at := p.table.Cursor(); at >= 0 && at < len(p.state.Controllers) {
		return p.state.Controllers[at], true
	}
	return Controller{}, false
}

// link is the one that is chosen.
func (p *Page) link() (Link, bool) {
	if at := p.table.Cursor() - len(p.state.Controllers); at >= 0 && at < len(p.state.Links) {
		return p.state.Links[at], true
	}
	return Link{}, false
}

// press carries out a key of the page's own; nil: it is none.
func (p *Page) press(k tea.KeyPressMsg) tea.Cmd {
	faults := []struct {
		key   key.Binding
		fault Fault
	}{{p.cut, Cut}, {p.oneWay, OneWay}, {p.lossy, Lossy}, {p.slow, Slow}, {p.mend, Fair}}
	for _, f := range faults {
		if key.Matches(k, f.key) {
			return p.breakLink(f.fault)
		}
	}
	switch {
	case key.Matches(k, p.enter):
		return p.toggle()
	case key.Matches(k, p.kill):
		return p.onController(true, func(_ context.Context, c Controller) error { return p.mesh.Kill(c.ID) })
	case key.Matches(k, p.revive):
		return p.onController(false, func(_ context.Context, c Controller) error { return p.mesh.Revive(c.ID) })
	case key.Matches(k, p.drainKey):
		return p.onController(true, func(ctx context.Context, c Controller) error { return p.mesh.Drain(ctx, c.ID, c.Draining) })
	case key.Matches(k, p.again):
		return p.do(func(context.Context) error {
			p.mesh.Mark("you asked")
			return nil
		})
	}
	return nil
}

// toggle breaks what is well and mends what is not.
func (p *Page) toggle() tea.Cmd {
	if c, ok := p.controller(); ok {
		if c.Alive {
			return p.do(func(context.Context) error { return p.mesh.Kill(c.ID) })
		}
		return p.do(func(context.Context) error { return p.mesh.Revive(c.ID) })
	}
	if l, ok := p.link(); ok && l.Fault != Fair {
		return p.breakLink(Fair)
	}
	return p.breakLink(Cut)
}

func (p *Page) breakLink(f Fault) tea.Cmd {
	l, ok := p.link()
	if !ok {
		return page.Note("Choose a link first: they stand below the controllers.")
	}
	return p.do(func(context.Context) error {
		p.mesh.Break(l.A, l.B, f)
		return nil
	})
}

// onController does something to the controller that is chosen, if it is alive, or dead, as it must be.
func (p *Page) onController(alive bool, act func(context.Context, Controller) error) tea.Cmd {
	c, ok := p.controller()
	switch {
	case !ok:
		return page.Note("Choose a controller first: they stand above the links.")
	case c.Alive && !alive:
		return page.Note(fmt.Sprintf("#%d is alive.", c.ID))
	case !c.Alive && alive:
		return page.Note(fmt.Sprintf("#%d is dead: R revives it.", c.ID))
	}
	return p.do(func(ctx context.Context) error { return act(ctx, c) })
}

// do acts in the background and looks at once at what came of it.
func (p *Page) do(act func(context.Context) error) tea.Cmd {
	ctx, mesh := p.c.Ctx, p.mesh
	return page.Address(p, func() tea.Msg {
		err := act(ctx)
		return done{mesh.State(), err}
	})
}
