package tui

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/text"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

var (
	monkeys     = flag.Int("monkeys", 6, "how many monkeys play with the console")
	firstMonkey = flag.Uint64("monkey", 1, "seed of the first")
)

// plays is how many things a monkey does.
const plays = 320

// Whatever is typed, clicked, pasted, resized and published, in any order and while replies are late:
// nothing panics, and every screen is exactly as large as the terminal. Together the monkeys see every
// page and every kind of dialog.
func TestMonkey(t *testing.T) {
	t.Chdir(t.TempDir())
	t.Setenv("HOME", t.TempDir())
	seen := map[string]bool{}
	for i := range *monkeys {
		seed := *firstMonkey + uint64(i)
		tuitest.Run(t, fmt.Sprintf("seed=%d", seed), func(t *testing.T) { newMonkey(t, seed, seen).play() })
	}
	if t.Failed() || *firstMonkey != 1 || *monkeys < 6 {
		return
	}
	want := []string{
		"*tui.quit", "*palette.Model", "*dialog.Message", "*dialog.Confirm", "*dialog.Sheet", "*keyset.Dialog",
		"*license.Install", "*license.Parameters", "*packs.export", "*access.once", "*peering.report",
	}
	for _, id := range page.All() {
		want = append(want, id.Title())
	}
	for _, what := range want {
		if !seen[what] {
			t.Errorf("no monkey saw %s", what)
		}
	}
}

// monkey plays with a console inside a bubble of virtual time.
type monkey struct {
	*testing.T
	seed  uint64
	rand  *rand.Rand
	seen  map[string]bool
	world *world

	model    *Model
	cancel   func()
	commands tuitest.Commands
	quit     bool
	width    int
	height   int
	done     []string // what it did, to be read when it fails
}

func newMonkey(t *testing.T, seed uint64, seen map[string]bool) *monkey {
	random := rand.New(rand.NewPCG(seed, seed))
	return &monkey{T: t, seed: seed, rand: random, seen: seen, world: newWorld(random), width: 80, height: 24}
}

func (k *monkey) play() {
	defer func() {
		if why := recover(); why != nil {
			k.Errorf("%v\n%s\n%s", why, k.story(), debug.Stack())
		}
		k.cancel()
		k.commands.End()
	}()
	k.start()
	for i := range plays {
		if i%5 == 0 { // each command comes to its turn
			k.say(k.world.commands[i/5%len(k.world.commands)])
		}
		k.act()
		k.settle()
		k.look()
		if k.Failed() {
			k.Fatal(k.story())
		}
	}
}

// story is the last of what the monkey did, and how to see it again.
func (k *monkey) story() string {
	return fmt.Sprintf("go test ./tui -run TestMonkey -monkey=%d -monkeys=1\nthe last things that it did:\n%s", k.seed, strings.Join(k.done[max(len(k.done)-60, 0):], "\n"))
}

func (k *monkey) did(format string, args ...any) {
	k.done = append(k.done, fmt.Sprintf(format, args...))
}

// start opens a console, in one of the ways that there are.
func (k *monkey) start() {
	if k.cancel != nil {
		k.cancel()
	}
	var ctx context.Context
	ctx, k.cancel = context.WithCancel(k.Context())
	o := k.world.options()
	k.did("start: theme %q ascii %v read-only %q owner %v", o.Theme, o.ASCII, o.ReadOnly, o.Owner != nil)
	k.model, k.quit = New(ctx, o), false
	k.commands.Run(k.model.Init())
	k.send(tea.WindowSizeMsg{Width: k.width, Height: k.height})
}

func (k *monkey) send(msg tea.Msg) { k.commands.Run(k.model.route(msg)) }

// settle takes in what commands brought until all of them wait for time or for the controller.
func (k *monkey) settle() {
	k.commands.Settle(k.take)
	for k.quit {
		k.start()
		k.commands.Settle(k.take)
	}
}

func (k *monkey) take(msg tea.Msg) {
	if _, quit := msg.(tea.QuitMsg); quit {
		k.quit = true
	}
	if !k.quit {
		k.send(msg)
	}
}

// look draws the screen and notes what is on it.
func (k *monkey) look() {
	m := k.model
	k.seen[m.at.Title()] = true
	for _, d := range m.dialogs {
		k.seen[fmt.Sprintf("%T", d)] = true
	}
	lines := strings.Split(m.View().Content, "\n")
	if k.width > 0 && len(lines) != max(k.height, 1) {
		k.Errorf("%d lines on a screen of %dx%d at %s", len(lines), k.width, k.height, m.at)
	}
	for i, line := range lines {
		if w := text.Width(line); w > k.width {
			k.Errorf("line %d has %d cells on a screen of %dx%d at %s:\n%s", i, w, k.width, k.height, m.at, strings.Join(lines, "\n"))
		}
	}
}
