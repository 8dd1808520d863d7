package settings

import (
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

func refused() *status.Snapshot {
	s := statustest.Three()
	s.Config.Error = `line 14: unknown key "adress": did you mean "address"?`
	return s
}

// The page at every size: as usual, with the theme chosen, with a refused file, before there is one.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		build func() *status.Snapshot
		keys  []string
	}{
		"usual": {statustest.Three, nil}, "theme": {statustest.Three, []string{"down", "down", "down"}}, "refused": {refused, nil}, "defaults": {statustest.Unlicensed, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(t *testing.T, pc *page.Context) page.Page {
				p := New(pc)
				tuitest.Play(t, pc, p).Keys(c.keys...)
				return p
			}, func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(c.build())) })
		})
	}
}

func play(t *testing.T) (*tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(statustest.Three())
	c := tuitest.NewContext(b)
	return tuitest.Play(t, c, New(c)), b
}

// What is typed is saved as typed, hosts as a list; an empty name is the machine's, as the command has it.
func TestTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t)
		player.Keys("enter")
		for range len("vns3-a") {
			player.Keys("backspace")
		}
		player.Keys("enter") // saved, and opened again
		player.Keys("enter")
		for range len("vns3-a") {
			player.Keys("backspace")
		}
		player.Keys(`"edge-1"`, "enter")
		player.Keys("down", "down", "enter", `", time.example.net"`, "enter")
		name, hosts := "edge-1", []string{"0.pool.ntp.org", "1.pool.ntp.org", "time.example.net"}
		empty := ""
		want := []control.Request{control.ConfigSet{Name: &empty}, control.ConfigSet{Name: &name}, control.ConfigSet{NTPHosts: &hosts}}
		if got := b.Asked(); !reflect.DeepEqual(got, want) {
			t.Errorf("asked for %+v, want %+v", got, want)
		}
	})
}

// Looks change at once and are kept; a console that is read-only, or whose file is, changes them until it
// ends, and says so.
func TestLooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			readOnly string
			file     bool // may be written
			asked    int
			why      string
		}{
			{"", true, 3, ""}, {"", false, 0, "the engine may not write /etc/vns3/vns3.toml"},
			{"this console is read-only", true, 0, "this console is read-only"},
		} {
			player, b := play(t)
			player.Context.ReadOnly, player.Context.Snapshot.Config.Writable = c.readOnly, c.file
			player.Keys("down", "down", "down", "right", "down", "enter", "down", "space", "left")
			want := []tea.Msg{page.SetTheme{Name: theme.Light}, page.SetMouse{On: false}, page.SetTheme{Name: theme.Dark, ASCII: true}}
			told := 0
			changed := slices.DeleteFunc(player.Sent, func(msg tea.Msg) bool {
				say, is := msg.(page.Say)
				if is && c.why != "" && strings.HasSuffix(say.Text, "not kept: "+c.why) {
					told++
				}
				return is
			})
			if !reflect.DeepEqual(changed, want) || told != 3-c.asked {
				t.Errorf("changed %+v, want %+v; told %d times", changed, want, told)
			}
			if got := len(b.Asked()); got != c.asked {
				t.Errorf("kept %d changes, want %d", got, c.asked)
			}
		}
	})
}

// What could not be kept says so, and so does a file that is refused when it is read again.
func TestNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t)
		no := func(control.Request) (any, error) { return nil, errors.New("the file is read-only") }
		b.On("config set", no)
		b.On("config reload", no)
		player.Keys("r", "down", "down", "down", "down", "enter")
		var told []string
		for _, msg := range player.Sent {
			if say, is := msg.(page.Say); is {
				told = append(told, say.Text)
			}
		}
		if len(told) != 2 || told[0] != "the file is read-only" || !strings.Contains(told[1], "until this console ends") {
			t.Errorf("told %q", told)
		}
	})
}

// Every key is seen by the name that the file has for it, and which ones were changed.
func TestKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _ := play(t)
		if err := player.Context.Keys.Rebind(map[string][]string{"copy": {"ctrl+y"}}); err != nil {
			t.Fatal(err)
		}
		if got := ansi.Strip(player.Page.View()); !strings.Contains(got, "1 of 27 changed") {
			t.Error(got)
		}
		player.Keys("down", "down", "down", "down", "down", "down", "enter")
		got := ansi.Strip(player.Dialogs[0].View(78, 60))
		for _, want := range []string{"copy           ctrl+y         copy, not its own: y", "previous_page  [", "below [console]"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
		for _, name := range page.DefaultKeys().Names() {
			if !strings.Contains(got, name) {
				t.Errorf("%s is missing", name)
			}
		}
	})
}
