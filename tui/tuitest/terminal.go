package tuitest

import (
	"bytes"
	"image/color"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	uv "github.com/charmbracelet/ultraviolet"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/vt"
)

// limit is how long a text may take to appear on a Terminal before the test fails.
const limit = 30 * time.Second

// Terminal is an emulated terminal that a console runs on: what was written to it is a true screen.
type Terminal struct {
	tb      testing.TB
	mu      sync.Mutex
	screen  *vt.Emulator
	changed chan struct{}
	copied  string
	bytes   int
	input   *io.PipeWriter

	In io.Reader // for the console
}

// NewTerminal makes a terminal of the size.
func NewTerminal(tb testing.TB, size Size) *Terminal {
	in, input := io.Pipe()
	t := &Terminal{tb: tb, screen: vt.NewEmulator(size.Width, size.Height), changed: make(chan struct{}), input: input, In: in}
	t.screen.RegisterOscHandler(52, func(data []byte) bool {
		t.copied = string(data)
		return true
	})
	drained := make(chan struct{})
	go func() { // the terminal's own answers; undrained, it would block
		defer close(drained)
		io.Copy(input, t.screen)
	}()
	tb.Cleanup(func() {
		input.Close()
		if answers, ok := t.screen.InputPipe().(io.Closer); ok {
			answers.Close()
			<-drained
		}
	})
	return t
}

// Write shows what the console writes.
func (t *Terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.bytes += len(p)
	if _, err := t.screen.Write(bytes.ReplaceAll(p, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	close(t.changed)
	t.changed = make(chan struct{})
	return len(p), nil
}

// Type sends bytes as the keyboard does: "\r" is enter, "\x1b[B" is down.
func (t *Terminal) Type(keys string) {
	if _, err := io.WriteString(t.input, keys); err != nil {
		t.tb.Fatalf("typing %q: %v", keys, err)
	}
}

// Screen is what stands on the screen, without styles.
func (t *Terminal) Screen() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return ansi.Strip(t.screen.String())
}

// Copied is what was sent to the clipboard last, as OSC 52 has it.
func (t *Terminal) Copied() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.copied
}

// Bytes is how much was written so far.
func (t *Terminal) Bytes() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.bytes
}

// Resize changes the size of the screen; the console is told by its own message.
func (t *Terminal) Resize(size Size) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.screen.Resize(size.Width, size.Height)
}

// WaitFor returns when all texts stand on the screen.
func (t *Terminal) WaitFor(texts ...string) {
	t.tb.Helper()
	t.Until("the screen shows "+strings.Join(texts, ", "), func() bool {
		screen := t.Screen()
		for _, text := range texts {
			if !strings.Contains(screen, text) {
				return false
			}
		}
		return true
	})
}

// Until returns when the condition holds; it is looked at after each write.
func (t *Terminal) Until(what string, holds func() bool) {
	t.tb.Helper()
	deadline := time.After(limit)
	for {
		t.mu.Lock()
		changed := t.changed
		t.mu.Unlock()
		if holds() {
			return
		}
		select {
		case <-changed:
		case <-deadline:
			t.tb.Fatalf("waited in vain: %s\n%s", what, t.Screen())
		}
	}
}

// Colours is how many cells have a colour of their own.
func (t *Terminal) Colours() int {
	return t.count(func(s uv.Style) bool { return s.Fg != nil || s.Bg != nil })
}

// Reversed is how many cells have ink and paper exchanged.
func (t *Terminal) Reversed() int {
	return t.count(func(s uv.Style) bool { return s.Attrs&uv.AttrReverse != 0 })
}

// Has says that something is written in the colour.
func (t *Terminal) Has(c color.Color) bool {
	return t.count(func(s uv.Style) bool { return s.Fg == c }) > 0
}

func (t *Terminal) count(is func(uv.Style) bool) int {
	t.mu.Lock()
	defer t.mu.Unlock()
	n := 0
	for y := range t.screen.Height() {
		for x := range t.screen.Width() {
			if c := t.screen.CellAt(x, y); c != nil && is(c.Style) {
				n++
			}
		}
	}
	return n
}
