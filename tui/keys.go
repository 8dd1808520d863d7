package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/status"
	"vns3/tui/page"
)

// press routes a key: topmost dialog, menu, page, frame, in this order.
func (m *Model) press(k tea.KeyPressMsg) tea.Cmd {
	keys := m.page.Keys
	k = page.Held(k)
	if key.Matches(k, keys.Interrupt) {
		return m.interrupt()
	}
	if k.String() == "ctrl+z" {
		return m.suspend()
	}
	if _, asked := m.quitting(); m.layout.TooSmall && !asked {
		if key.Matches(page.Latin(k), keys.Quit) {
			return m.askQuit()
		}
		return nil
	}
	if n := len(m.dialogs); n > 0 {
		return m.dialogDid(n-1, k)
	}
	if m.menu.focused {
		return m.menuPress(page.Latin(k))
	}
	if m.latest == nil { // there is no page yet
		return m.own(page.Latin(k))
	}
	p := m.shown()
	if p.Typing() {
		cmd, _ := p.Update(k)
		return cmd
	}
	k = page.Latin(k)
	if cmd, used := p.Update(k); used {
		return cmd
	}
	return m.own(k)
}

// own handles the frame's keys.
func (m *Model) own(k tea.KeyPressMsg) tea.Cmd {
	keys := m.page.Keys
	switch {
	case key.Matches(k, keys.Palette):
		return page.Open(m.palette())
	case key.Matches(k, keys.Help):
		return page.Open(m.help())
	case key.Matches(k, keys.Menu):
		m.menu.focus(m.at)
	case key.Matches(k, keys.Back):
		if m.toasts.Dismiss() {
			return nil
		}
		return m.back()
	case key.Matches(k, keys.Quit):
		return m.askQuit()
	case key.Matches(k, keys.Pause):
		return m.pause()
	case key.Matches(k, keys.Mouse):
		return m.serve(page.SetMouse{On: !m.page.Mouse})
	case key.Matches(k, keys.NextPage):
		return m.goTo(m.menu.beside(m.at, 1))
	case key.Matches(k, keys.PreviousPage):
		return m.goTo(m.menu.beside(m.at, -1))
	}
	return nil
}

func (m *Model) menuPress(k tea.KeyPressMsg) tea.Cmd {
	keys := m.page.Keys
	switch {
	case key.Matches(k, keys.Up):
		m.menu.cursor = m.menu.beside(m.menu.cursor, -1)
	case key.Matches(k, keys.Down):
		m.menu.cursor = m.menu.beside(m.menu.cursor, 1)
	case key.Matches(k, keys.Enter, keys.Right, keys.Next):
		m.menu.focused = false
		return m.goTo(m.menu.cursor)
	case key.Matches(k, keys.Back, keys.Menu, keys.Left):
		m.menu.focused = false
	default:
		m.menu.focused = false
		return m.own(k)
	}
	return nil
}

// pause stops or goes on with showing what changes.
func (m *Model) pause() tea.Cmd {
	m.page.Paused = !m.page.Paused
	if m.page.Paused {
		return m.toasts.Add(status.Info, "paused: the screen stands still; "+m.page.Keys.Pause.Help().Key+" goes on")
	}
	if m.latest == nil {
		return nil
	}
	return m.show(m.latest)
}

// input routes a paste as a key is routed.
func (m *Model) input(msg tea.Msg) tea.Cmd {
	if m.layout.TooSmall || m.menu.focused || m.latest == nil {
		return nil
	}
	if n := len(m.dialogs); n > 0 {
		return m.dialogDid(n-1, msg)
	}
	cmd, _ := m.shown().Update(msg)
	return cmd
}

// mouse routes the mouse to what lies under it, in that thing's own coordinates.
func (m *Model) mouse(msg tea.MouseMsg) tea.Cmd {
	at := msg.Mouse()
	_, click := msg.(tea.MouseClickMsg)
	if m.layout.TooSmall || click && at.Button != tea.MouseLeft { // the others paste, in many terminals
		return nil
	}
	if n := len(m.dialogs); n > 0 && click {
		return m.dialogDid(n-1, m.clicked(at.X-m.corner.x, at.Y-m.corner.y))
	} else if n > 0 {
		return m.dialogDid(n-1, moved(msg, m.corner.x, m.corner.y))
	}
	popped := m.menu.focused && m.layout.MenuWidth == 0
	inMenu := at.X < m.layout.X || popped && at.X < menuBox
	if inMenu && at.Y >= m.layout.BodyTop && at.Y < m.layout.BodyTop+m.layout.Body {
		if id := m.menu.hit(m.at, at.Y-m.layout.BodyTop, m.menuHeight()); click && id != page.None {
			m.menu.focused = false
			return m.goTo(id)
		}
		return nil
	}
	if click {
		m.menu.focused = false
	}
	if popped { // it covers the page: beside it one only closes it
		return nil
	}
	if at.Y == 0 && click {
		return m.goTo(page.Runtime)
	}
	if m.latest == nil || at.X < m.layout.X || at.Y < m.layout.Y || at.Y >= m.layout.Y+m.layout.Height {
		return nil
	}
	cmd, _ := m.shown().Update(moved(msg, m.layout.X, m.layout.Y))
	return cmd
}

// clicked is a click at x, y of the topmost dialog.
func (m *Model) clicked(x, y int) page.Click {
	lines := strings.Split(ansi.Strip(m.viewDialog()), "\n")
	if y < 0 || y >= len(lines) {
		return page.Click{X: x, Y: y}
	}
	return page.Click{X: x, Y: y, Line: lines[y]}
}

// moved is the mouse message with positions that count from x, y.
func moved(msg tea.MouseMsg, x, y int) tea.Msg {
	at := msg.Mouse()
	at.X, at.Y = at.X-x, at.Y-y
	switch msg.(type) {
	case tea.MouseClickMsg:
		return tea.MouseClickMsg(at)
	case tea.MouseReleaseMsg:
		return tea.MouseReleaseMsg(at)
	case tea.MouseWheelMsg:
		return tea.MouseWheelMsg(at)
	default:
		return tea.MouseMotionMsg(at)
	}
}
