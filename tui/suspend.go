package tui

import (
	"os"

	tea "charm.land/bubbletea/v2"
	"golang.org/x/sys/unix"

	"vns3/status"
)

// suspend is ctrl+z: back to the shell until fg. It is refused where it would hold an engine or where
// nobody could bring the console back.
func (m *Model) suspend() tea.Cmd {
	switch {
	case m.options.Origin.Inside:
		return m.toasts.Add(status.Warn, "not suspended: the engine in this console would stand still; q can leave it running")
	case !m.shell:
		return m.toasts.Add("", "not suspended: no shell waits in this terminal; q quits")
	}
	return tea.Suspend
}

// underShell says that the parent of this process controls jobs in the same terminal. Without one the
// system does not stop a process that asks for it, and the console would wait for its return for good.
func underShell() bool {
	parent := os.Getppid()
	theirs, err := unix.Getsid(parent)
	if err != nil {
		return false
	}
	ours, err := unix.Getsid(0)
	group, failed := unix.Getpgid(parent)
	return err == nil && failed == nil && theirs == ours && group != unix.Getpgrp()
}
