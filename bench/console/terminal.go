package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/creack/pty"
)

// patience is how long a console may take to write anything.
const patience = 10 * time.Second

// terminal is a program in a pseudo terminal of 120x40.
type terminal struct {
	ctx     context.Context // who waits for it gives up when it ends
	cmd     *exec.Cmd
	pty     *os.File
	wrote   chan int // sizes of what it wrote
	written atomic.Int64
}

func start(ctx context.Context, name string, args ...string) (*terminal, error) {
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "COLORTERM=truecolor")
	f, err := pty.StartWithSize(cmd, &pty.Winsize{Cols: 120, Rows: 40})
	if err != nil {
		return nil, fmt.Errorf("starting %s in a terminal: %w", name, err)
	}
	t := &terminal{ctx: ctx, cmd: cmd, pty: f, wrote: make(chan int, 4096)}
	go t.read()
	return t, nil
}

func (t *terminal) read() {
	defer close(t.wrote)
	buffer := make([]byte, 1<<16)
	for {
		n, err := t.pty.Read(buffer)
		if err != nil {
			return
		}
		t.written.Add(int64(n))
		t.wrote <- n
	}
}

// end kills the program and gives the terminal back.
func (t *terminal) end() {
	t.cmd.Process.Kill()
	for range t.wrote { // until the reader ends with the terminal
	}
	t.cmd.Wait()
	t.pty.Close()
}

// await waits until so many bytes came in one write: a paint, not an answer to a question.
func (t *terminal) await(least int) error {
	deadline := time.After(patience)
	for {
		select {
		case n, open := <-t.wrote:
			if !open {
				return errors.New("the console ended")
			}
			if n >= least {
				return nil
			}
		case <-deadline:
			return fmt.Errorf("no paint within %v", patience)
		case <-t.ctx.Done():
			return errors.New("interrupted: all that was started is gone")
		}
	}
}

// paint is what the first whole screen is larger than, in bytes.
const paint = 1000

// firstPaints starts the program itself again and again, each time on a fresh data directory.
func firstPaints(ctx context.Context, rounds int) ([]time.Duration, error) {
	dir, err := os.MkdirTemp("", "vns3-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "vns3")
	if out, err := exec.Command("go", "build", "-o", program, "vns3").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building vns3: %w\n%s", err, out)
	}
	var all []time.Duration
	for i := range rounds {
		file, data := filepath.Join(dir, fmt.Sprintf("%d.toml", i)), filepath.Join(dir, fmt.Sprint(i))
		toml := fmt.Sprintf("[controller]\nlisten = \"127.%d.%d.%d\"\ndata_dir = %q\n", 1+rand.IntN(254), rand.IntN(256), 1+i%250, data)
		if err := os.WriteFile(file, []byte(toml), 0o600); err != nil {
			return nil, err
		}
		began := time.Now()
		t, err := start(ctx, program, "--config", file)
		if err != nil {
			return nil, err
		}
		err = t.await(paint)
		all = append(all, time.Since(began))
		t.end()
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// startPlaying starts this program as the console that is measured.
func startPlaying(ctx context.Context, every time.Duration) (*terminal, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	t, err := start(ctx, self, "-play", every.String())
	if err != nil {
		return nil, err
	}
	if err := t.await(paint); err != nil {
		t.end()
		return nil, err
	}
	return t, nil
}

// watch lets the console be, and says what share of a core it used, in per cent, and what it wrote.
func (t *terminal) watch(window time.Duration) (used float64, written int64) {
	settle := time.After(time.Second)
	t.drain(settle)
	before, bytes, began := t.processor(), t.written.Load(), time.Now()
	t.drain(time.After(window))
	spent := t.processor() - before
	return 100 * spent.Seconds() / time.Since(began).Seconds(), t.written.Load() - bytes
}

func (t *terminal) drain(until <-chan time.Time) {
	for {
		select {
		case _, open := <-t.wrote:
			if !open {
				return
			}
		case <-until:
			return
		case <-t.ctx.Done():
			return
		}
	}
}

// processor is how long the console ran so far; the kernel counts in hundredths of a second.
func (t *terminal) processor() time.Duration {
	raw, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", t.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(raw), ") ")
	var ticks, user, system int64
	if fields := strings.Fields(rest); len(fields) > 12 {
		fmt.Sscan(fields[11], &user)
		fmt.Sscan(fields[12], &system)
	}
	ticks = user + system
	return time.Duration(ticks) * 10 * time.Millisecond
}

// keys presses down and up in turns and says how long each took to the first byte of its frame.
func (t *terminal) keys(n int) ([]time.Duration, error) {
	var all []time.Duration
	for i := range n {
		t.drain(time.After(20 * time.Millisecond)) // nothing of what was before
		began := time.Now()
		if _, err := t.pty.WriteString([]string{"\x1b[B", "\x1b[A"}[i%2]); err != nil {
			return nil, err
		}
		if err := t.await(1); err != nil {
			return nil, err
		}
		all = append(all, time.Since(began))
	}
	return all, nil
}

func median(all []time.Duration) time.Duration { return percentile(all, 50) }

func percentile(all []time.Duration, p int) time.Duration {
	sorted := slices.Sorted(slices.Values(all))
	return sorted[(len(sorted)-1)*p/100]
}
