package tuitest

import (
	"fmt"
	"reflect"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
)

// Run runs a sub-test in a bubble of virtual time, see testing/synctest. Whatever plays a console or a page
// is in one: it is known there, and not guessed by a clock, which commands have nothing to bring yet.
func Run(t *testing.T, name string, f func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, f) })
}

// Commands carries out commands inside a bubble, each in a goroutine as the program does. A command begins
// when the one before brought something or waits; what they bring is taken in the order in which they began.
type Commands struct {
	patience time.Duration // outside of a bubble: how long a command may take until it counts as one that waits

	begun    int
	settling bool
	running  sync.WaitGroup

	mu      sync.Mutex
	arrived []arrival
}

// arrival is what a command brought.
type arrival struct {
	order int
	msg   tea.Msg
}

// crash is what is left of a command that panicked.
type crash struct{ why string }

// Run begins a command.
func (c *Commands) Run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	c.begun++
	order, done := c.begun, make(chan struct{})
	c.running.Go(func() {
		defer close(done)
		defer func() {
			if why := recover(); why != nil {
				c.arrive(order, crash{fmt.Sprintf("in a command: %v\n%s", why, debug.Stack())})
			}
		}()
		c.carryOut(order, cmd)
	})
	if c.patience == 0 {
		synctest.Wait()
		return
	}
	select {
	case <-done:
	case <-time.After(c.patience):
	}
}

func (c *Commands) carryOut(order int, cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	msg := cmd()
	if cmds, ordered := sequence(msg); ordered {
		for _, cmd := range cmds {
			c.carryOut(order, cmd)
		}
		return
	}
	c.arrive(order, msg)
}

func (c *Commands) arrive(order int, msg tea.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.arrived = append(c.arrived, arrival{order, msg})
}

// Settle delivers what commands brought, and what comes of that, until all of them wait for time or for
// somebody else.
func (c *Commands) Settle(deliver func(tea.Msg)) {
	if c.settling { // deliver led here: what it began is taken below
		return
	}
	c.settling = true
	defer func() { c.settling = false }()
	for range 100 {
		arrived := c.take()
		if len(arrived) == 0 {
			return
		}
		for _, a := range arrived {
			switch msg := a.msg.(type) {
			case nil:
			case crash:
				panic(msg.why)
			case tea.BatchMsg:
				for _, cmd := range msg {
					c.Run(cmd)
				}
			default:
				deliver(msg)
			}
		}
	}
	panic("the console does not come to rest")
}

// take waits for what is on its way.
func (c *Commands) take() []arrival {
	if c.patience == 0 {
		synctest.Wait()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	arrived := c.arrived
	c.arrived = nil
	slices.SortStableFunc(arrived, func(a, b arrival) int { return a.order - b.order })
	return arrived
}

// End lets time pass until all commands are done: nothing may be left behind in a bubble.
func (c *Commands) End() { c.running.Wait() }

// sequence takes the commands out of the unexported message of tea.Sequence, a slice of commands.
func sequence(msg tea.Msg) ([]tea.Cmd, bool) {
	if _, batch := msg.(tea.BatchMsg); batch {
		return nil, false
	}
	v, want := reflect.ValueOf(msg), reflect.TypeFor[[]tea.Cmd]()
	if v.Kind() == reflect.Slice && v.Type().ConvertibleTo(want) {
		return v.Convert(want).Interface().([]tea.Cmd), true
	}
	return nil, false
}
