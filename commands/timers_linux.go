package commands

import (
	"os"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// timerSlack is by how much the kernel may delay the timers of a headless engine. Go's runtime has a
// thread that looks after the others every 20 µs while there is work; most of what an idle engine costs
// would be that. Packets wait for no timer, and heartbeats do not mind a millisecond.
const timerSlack = time.Millisecond

// relaxTimers lets the kernel delay timers. Threads inherit that from the one that starts them, and the
// runtime's own is there before main: so the program is executed once more, as the same process.
func relaxTimers() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	now, err := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
	if err != nil || now >= int(timerSlack) {
		return
	}
	program, err := os.Executable()
	if err != nil || unix.Prctl(unix.PR_SET_TIMERSLACK, uintptr(timerSlack), 0, 0, 0) != nil {
		return
	}
	_ = syscall.Exec(program, os.Args, os.Environ()) // where it cannot be, timers are just more exact
}
