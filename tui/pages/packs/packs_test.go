package packs

import (
	"errors"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// mixed is Three with packs in every state.
func mixed() *status.Snapshot {
	s := statustest.Three()
	s.Clients[2].Enabled, s.Clients[2].Connected = false, false
	s.Clients[3].CheckedOut, s.Clients[3].Connected = false, false
	s.Clients[5].Outdated = true
	return s
}

func context(build func() *status.Snapshot) func() *page.Context {
	return func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(build())) }
}

// The page at every size: a few packs in every state, a thousand, filtered ones, none.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		build func() *status.Snapshot
		keys  []string
	}{
		"mixed": {mixed, nil}, "crowd": {statustest.Crowd, []string{"s", "s", "down"}}, "filtered": {statustest.Crowd, []string{"/", `"branch-1"`}},
		"none": {func() *status.Snapshot { s := statustest.Three(); s.Clients = nil; return s }, nil}, "no-keyset": {statustest.NoKeyset, nil},
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(t *testing.T, pc *page.Context) page.Page {
				p := New(pc)
				tuitest.Play(t, pc, p).Keys(c.keys...)
				return p
			}, context(c.build))
		})
	}
}

// play opens the page on the mixed packs, with the cursor on pack number i.
func play(t *testing.T, i int) (*tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(mixed())
	c := tuitest.NewContext(b)
	player := tuitest.Play(t, c, New(c))
	for range i {
		player.Keys("down")
	}
	return player, b
}

// asked are the requests that changed or exported something.
func asked(b *tuitest.Backend) []control.Request { return b.Asked() }

// What gives is done at once; what takes away is asked first, with Cancel in focus.
func TestStates(t *testing.T) {
	yes, no := true, false
	for name, c := range map[string]struct {
		pack   int
		key    string
		want   control.Request
		asking bool
	}{
		"enable":     {2, "d", control.PackSet{Name: "100_127_255_195", Enabled: &yes}, false},
		"disable":    {0, "d", control.PackSet{Name: "100_127_255_193", Enabled: &no}, true},
		"check out":  {3, "o", control.PackSet{Name: "100_127_255_196", CheckedOut: &yes}, false},
		"check in":   {0, "o", control.PackSet{Name: "100_127_255_193", CheckedOut: &no}, true},
		"disconnect": {0, "X", control.ClientDisconnect{Name: "100_127_255_193"}, true},
		"new key":    {0, "R", control.PackRegenerate{Name: "100_127_255_193"}, true},
	} {
		tuitest.Run(t, name, func(t *testing.T) {
			player, b := play(t, c.pack)
			player.Keys(c.key)
			if c.asking {
				if len(asked(b)) != 0 || len(player.Dialogs) != 1 {
					t.Fatalf("want a question first; asked %v, %d dialogs", asked(b), len(player.Dialogs))
				}
				player.Arm()
				player.Keys("enter")
				if len(asked(b)) != 0 || len(player.Dialogs) != 0 {
					t.Fatal("enter at once must be Cancel")
				}
				player.Keys(c.key)
				player.Arm()
				player.Keys("right", "enter")
			}
			if got := asked(b); !reflect.DeepEqual(got, []control.Request{c.want}) {
				t.Errorf("asked for %+v, want %+v", got, c.want)
			}
		})
	}
}

// A read-only console tells why, and asks for nothing.
func TestReadOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		player.Context.ReadOnly = "this console is read-only"
		player.Keys("d", "o", "X", "R", "n", "t", "+", "A")
		if len(asked(b)) != 0 || len(player.Dialogs) != 0 {
			t.Errorf("asked %v with %d dialogs", asked(b), len(player.Dialogs))
		}
		for _, msg := range player.Sent {
			if say, is := msg.(page.Say); !is || !strings.Contains(say.Text, "read-only") {
				t.Errorf("told %v, want the reason", msg)
			}
		}
		if len(player.Sent) != 8 {
			t.Errorf("%d of 8 keys were answered", len(player.Sent))
		}
	})
}

// A pack is written to a new file that only its owner can read; a file that exists is left alone.
func TestExport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		b.On("clientpack export", func(control.Request) (any, error) {
			return control.PackFile{Filename: "x.conf", Data: []byte("[Interface]\n")}, nil
		})
		path := filepath.Join(t.TempDir(), "a.conf")
		export := func() {
			player.Keys("e", "tab")
			d := player.Dialogs[0].(*export)
			d.form.SetValue(fileField, path)
			player.Keys("enter")
		}
		export()
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Fatalf("file %v, error %v", info, err)
		}
		if len(player.Dialogs) != 0 {
			t.Error("the dialog stays open after the file was written")
		}
		export()
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "exists already") {
			t.Errorf("an existing file is not refused:\n%s", got)
		}
		if len(asked(b)) != 1 {
			t.Errorf("a pack that could not be written counts as exported: %v", asked(b))
		}
	})
}

// Where the controller refuses, no empty file is left behind. An answer that comes after esc is told.
func TestExportRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		b.On("clientpack export", func(control.Request) (any, error) { return nil, errors.New("no controller is there") })
		path := filepath.Join(t.TempDir(), "a.conf")
		player.Keys("e", "tab")
		d := player.Dialogs[0].(*export)
		d.form.SetValue(fileField, path)
		player.Keys("enter")
		if _, err := os.Stat(path); err == nil || !strings.Contains(ansi.Strip(d.View(80, 24)), "no controller is there") {
			t.Errorf("left behind: %v\n%s", err == nil, d.View(80, 24))
		}
		player.Keys("esc")
		player.To(page.To{Who: d, Msg: written{path: path}})
		if n := len(player.Sent); n != 1 || !strings.Contains(player.Sent[0].(page.Say).Text, "Written to "+path) {
			t.Errorf("told %v", player.Sent)
		}
	})
}

// All packs at once: what the commands do with --all, after the word was typed.
func TestAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		yes, no := true, false
		for turns, want := range []control.Request{
			control.ClientDisconnect{All: true}, control.PackRegenerate{All: true}, control.PackSet{All: true, Enabled: &no},
			control.PackSet{All: true, Enabled: &yes}, control.PackSet{All: true, CheckedOut: &yes}, control.PackSet{All: true, CheckedOut: &no},
		} {
			player, b := play(t, 0)
			player.Keys("A")
			for range turns {
				player.Keys("right")
			}
			player.Keys("tab", `"al"`, "enter")
			if len(asked(b)) != 0 {
				t.Fatal("half a word is enough")
			}
			player.Keys(`"l"`, "enter")
			if got := asked(b); !reflect.DeepEqual(got, []control.Request{want}) {
				t.Errorf("asked for %+v, want %+v", got, want)
			}
		}
	})
}

// Handing out asks for tags, and goes on to the export of what was handed out.
func TestNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		b.On("clientpack next", func(control.Request) (any, error) { return control.PackHandedOut{Name: "100_127_255_230"}, nil })
		player.Keys("n", `"site"`, "ctrl+s")
		if len(asked(b)) != 0 {
			t.Fatal("tags that are none were accepted")
		}
		player.Keys(`"=b7"`, "tab", `"100.127.255.210x"`, "ctrl+s")
		if len(asked(b)) != 0 {
			t.Fatal("an address that is none was accepted")
		}
		player.Keys("backspace", "tab", `"100_127_255_240"`, "tab", "space", "ctrl+s")
		want := []control.Request{control.PackNext{
			Tags: map[string]string{"site": "b7"}, Low: netip.MustParseAddr("100.127.255.210"), High: netip.MustParseAddr("100.127.255.240"), IncludeDisabled: true,
		}}
		if got := asked(b); !reflect.DeepEqual(got, want) {
			t.Fatalf("asked for %+v, want %+v", got, want)
		}
		if _, is := player.Dialogs[len(player.Dialogs)-1].(*export); !is {
			t.Errorf("after it was handed out the export is not open: %T", player.Dialogs)
		}
	})
}

// An edit of tags says what is new and what is gone, and nothing else.
func TestChanged(t *testing.T) {
	got := changed(map[string]string{"a": "1", "b": "2", "c": "3"}, map[string]string{"a": "1", "b": "9", "d": "4"})
	if want := map[string]string{"b": "9", "c": "", "d": "4"}; !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// A QR code is shown whole or not at all, also after the screen was made smaller, and counts as exported
// once it is seen.
func TestCode(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		b.On("clientpack export", func(control.Request) (any, error) {
			return control.PackFile{Data: []byte(strings.Repeat(strings.Repeat("█", 60)+"\n", 20))}, nil
		})
		exports := func() (n int) {
			for _, r := range asked(b) {
				if !r.(control.PackExport).Preview {
					n++
				}
			}
			return n
		}
		player.Context.Width, player.Context.Height = 80, 23
		player.Keys("c")
		drawn := func() string {
			return ansi.Strip(player.Dialogs[0].View(player.Context.Width-2, player.Context.Height-2))
		}
		if got := drawn(); !strings.Contains(got, "66 columns and 24 lines; this one has 80 and") || strings.Contains(got, "█") || exports() != 0 {
			t.Errorf("a code that does not fit is shown, or counts %d times:\n%s", exports(), got)
		}
		player.Context.Height = 24
		player.Show(player.Context.Snapshot)
		player.Show(player.Context.Snapshot)
		if got := drawn(); strings.Count(got, "█") != 20*60 || exports() != 1 {
			t.Errorf("%d exports:\n%s", exports(), got)
		}
		player.Keys("y")
		if copied := player.Sent[0].(page.CopyText).Text; strings.Contains(copied, "\x1b") || strings.Count(copied, "█") != 20*60 {
			t.Errorf("copied %q", copied)
		}
		player.Context.Theme.Set(theme.Options{ASCII: true})
		if got := drawn(); strings.Contains(got, "█") || !strings.Contains(got, "ASCII only") {
			t.Errorf("blocks in ASCII:\n%s", got)
		}
	})
}

// A code that is seen and yet does not count as exported is said to be so.
func TestCodeNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, 0)
		b.On("clientpack export", func(r control.Request) (any, error) {
			if !r.(control.PackExport).Preview {
				return nil, errors.New("the disk is full")
			}
			return control.PackFile{Data: []byte("█\n")}, nil
		})
		player.Keys("c")
		want := page.Say{Severity: status.Error, Text: "100_127_255_193 does not count as exported: the disk is full"}
		if !player.Asked(want) || len(player.Dialogs) != 1 {
			t.Errorf("told %+v", player.Sent)
		}
	})
}

// Drawing costs no more than the console's aims, with 1,000 packs: 2 ms at 80x24, 5 ms at 200x50.
func BenchmarkView(b *testing.B) {
	for _, size := range []tuitest.Size{{Width: 80, Height: 24}, {Width: 200, Height: 50}} {
		b.Run(size.String(), func(b *testing.B) {
			c := tuitest.NewContext(tuitest.NewBackend(statustest.Crowd()))
			p := New(c)
			p.SetSize(size.Page())
			for b.Loop() {
				p.View()
			}
		})
	}
}
