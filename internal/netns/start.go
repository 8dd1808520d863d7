//go:build linux

package netns

import (
	"os/exec"
	"runtime"
	"sync"
	"syscall"
)

// Start starts a process that does not outlive this one: it is killed when this one ends, also by a panic
// or a kill, when nothing else is cleared away.
func Start(cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL
	started := make(chan error)
	starter() <- func() { started <- cmd.Start() }
	return <-started
}

// starter is one thread that starts processes and never ends: the death signal comes when the thread ends
// that started a process, and any other may end with a goroutine that is locked to it.
var starter = sync.OnceValue(func() chan<- func() {
	orders := make(chan func())
	go func() {
		runtime.LockOSThread()
		for order := range orders {
			order()
		}
	}()
	return orders
})
