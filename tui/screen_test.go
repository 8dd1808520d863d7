package tui_test

import (
	"context"
	"encoding/base64"
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// console is a whole console on an emulated terminal.
type console struct {
	*tuitest.Terminal
	backend *tuitest.Backend
	ended   chan error
}

func start(t *testing.T, s *status.Snapshot, change func(*tui.Options)) *console {
	t.Helper()
	c := &console{Terminal: tuitest.NewTerminal(t, tuitest.Size{Width: 80, Height: 24}), backend: tuitest.NewBackend(s), ended: make(chan error, 1)}
	o := tui.Options{
		Backend: c.backend, In: c.In, Out: c, Env: []string{"TERM=xterm-256color"},
		Origin:  page.Origin{File: "/etc/vns3/vns3.toml", Engine: "attached"},
		Program: []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.TrueColor), tea.WithoutSignals()},
	}
	if change != nil {
		change(&o)
	}
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go func() { c.ended <- tui.Run(ctx, o) }()
	return c
}

const (
	enter = "\r"
	down  = "\x1b[B"
	ctrlC = "\x03"
	ctrlS = "\x13"
)

// The true screen shows page, menu and header; a copy reaches the terminal's clipboard by OSC 52; q
// ends an attached console at once and gives the screen back.
func TestScreenCopyQuit(t *testing.T) {
	c := start(t, statustest.Three(), nil)
	c.WaitFor("Runtime Status", "mesh 3 of 3", statustest.Checksum)
	c.Type("y")
	c.Until("the checksum is in the clipboard", func() bool {
		return strings.Contains(c.Copied(), base64.StdEncoding.EncodeToString([]byte(statustest.Checksum)))
	})
	c.Type("q")
	if err := <-c.ended; err != nil {
		t.Fatalf("Run = %v", err)
	}
}

// From a first run to saved peering by keyboard alone: license, keys, this instance, save, verdict.
func TestFirstRunByKeyboard(t *testing.T) {
	c := start(t, statustest.Unlicensed(), nil)
	after := func(change func(*status.Snapshot)) func(control.Request) (any, error) {
		return func(control.Request) (any, error) {
			s := statustest.NoKeyset()
			s.Peering, s.Controller.Peered, s.Controller.ID = status.Peering{State: "empty", Version: "1"}, false, 0
			for i := range s.Peers {
				s.Peers[i] = status.Peer{ID: i + 1, State: status.NotSet}
			}
			change(s)
			c.backend.Publish(s)
			return control.Nothing{}, nil
		}
	}
	licensed := func(*status.Snapshot) {}
	c.backend.On("license install", func(r control.Request) (any, error) {
		after(licensed)(r)
		return control.LicenseShown{License: status.License{Licensed: true, Finalized: true, Community: true}}, nil
	})
	keyed := func(s *status.Snapshot) {
		s.Controller.KeysetPresent, s.Keyset.Present, s.Controller.TopologyChecksum = true, true, statustest.Checksum
		s.Tasks = []status.Task{{ID: 7, Name: "keyset generate", Title: "Generate Keyset", State: status.Done,
			Steps: []status.Step{{Text: "keys generated", State: status.Done, TookMs: 12}}}}
	}
	c.backend.On("keyset generate", func(r control.Request) (any, error) {
		after(keyed)(r)
		return control.TaskStarted{Task: 7}, nil
	})
	c.backend.On("peering set", after(func(s *status.Snapshot) {
		keyed(s)
		s.Controller.Peered, s.Controller.ID, s.Peering.Version = true, 1, "2"
		s.Peering.Table[1] = peering.Row{Kind: peering.Self}
		s.Peers[0] = status.Peer{ID: 1, Self: true}
	}))

	c.WaitFor("Is there already a controller with keys", "▸ 2 License")
	c.Type(enter)
	c.WaitFor("Install license")
	c.Type(down + down + enter) // Use, File, [Install]
	c.WaitFor("license installed", "▸ 3 Keyset")
	c.Type(enter)
	c.WaitFor("Generate Keyset", "Security token")
	c.Type("\t\x07") // ctrl+g proposes a token
	c.WaitFor("strong")
	c.Type(enter)
	c.WaitFor("keys generated", "[▸Peering ]", statustest.Checksum)
	c.Type(enter)
	c.WaitFor("Overlay › Controller Peering", "Your license allows")
	c.Type("i" + ctrlS)
	c.WaitFor("Save changes?", "becomes controller 1")
	c.Until("the grace of the question is over", func() bool {
		c.Type(enter)
		return strings.Contains(c.Screen(), "Peering saved")
	})
	c.WaitFor("Runtime › Runtime Status", "no other controller is set")
}

// A keyboard without Latin letters does all that another does, as each kind of terminal tells its keys:
// the letter alone, ctrl and the letter, and ctrl with the key's place.
func TestCyrillicKeyboard(t *testing.T) {
	for name, end := range map[string]string{"xterm": "\x1b[27;5;1089~", "kitty": "\x1b[1089::99;5u"} {
		c := start(t, statustest.Three(), nil)
		c.WaitFor("mesh 3 of 3")
		c.Type("ь" + down + enter)
		c.WaitFor("Runtime › Mesh")
		c.Type(end)
		if err := <-c.ended; err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Before the controller was heard no page says anything of it, and no key of a page does anything.
func TestWaiting(t *testing.T) {
	c := start(t, nil, nil)
	c.WaitFor("waiting for the controller", "Asking the engine of this machine")
	c.Type(":controller peering" + enter)
	c.WaitFor("▸  Controller Peering")
	c.Type("ix" + enter)
	for _, claim := range []string{"Is there already", "No license yet", "no keyset", "Setup checklist"} {
		if strings.Contains(c.Screen(), claim) {
			t.Errorf("it says %q of a controller that it does not know:\n%s", claim, c.Screen())
		}
	}
	c.backend.Publish(statustest.Three())
	c.WaitFor("mesh 3 of 3", "Overlay › Controller Peering", "Your license allows")
	if strings.Contains(c.Screen(), "unsaved") {
		t.Errorf("a key staged something before there was a table:\n%s", c.Screen())
	}
}

// A console whose controller restarts says so, keeps what it shows, and goes on by itself.
func TestEngineRestartWhileAttached(t *testing.T) {
	c := start(t, statustest.Three(), nil)
	c.WaitFor("mesh 3 of 3")
	c.backend.Disconnect()
	c.WaitFor("no answer for", "trying again", statustest.Checksum, "as of ")
	if strings.Contains(c.Screen(), "live") {
		t.Errorf("what is not heard any more is called live:\n%s", c.Screen())
	}
	c.backend.Publish(statustest.Degraded())
	c.WaitFor("mesh 3 of 4", "the controller answers again", "live")
}

// Who does the last step of the checklist elsewhere is told where to go on.
func TestSetupEnds(t *testing.T) {
	waiting := statustest.Three()
	waiting.Peers[2].ChecksumEqual = nil
	c := start(t, waiting, nil)
	c.WaitFor("Setup checklist  4/5", "Runtime › Runtime Status") // with keys and ID, it is the peers that count
	c.backend.Publish(statustest.Three())
	c.WaitFor("= equal on #1 #2 #3")
	if strings.Contains(c.Screen(), "Setup checklist") || strings.Contains(c.Screen(), "ready for connections") {
		t.Errorf("a controller whose peers come is set up anew:\n%s", c.Screen())
	}
	c.backend.Publish(waiting)
	c.WaitFor("Setup checklist  4/5")
	c.Type("[")
	c.WaitFor("▸Setup checklist  4/5")
	c.Type("]")
	c.WaitFor("Runtime › Runtime Status")
	c.backend.Publish(statustest.Three())
	c.WaitFor("ready for connections: Routes, then Clientpacks")
	if strings.Contains(c.Screen(), "Setup checklist") {
		t.Error(c.Screen())
	}
}

// NO_COLOR leaves no colour in what is written.
func TestNoColor(t *testing.T) {
	c := start(t, statustest.Degraded(), func(o *tui.Options) {
		o.Env = append(o.Env, "NO_COLOR=1")
		o.Program = []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithoutSignals()}
	})
	c.WaitFor("mesh 3 of 4")
	if colours := c.Colours(); colours != 0 {
		t.Errorf("%d cells have a colour", colours)
	}
	c.Type("m")
	c.WaitFor("close menu")
	if c.Reversed() == 0 {
		t.Error("what is chosen is not drawn in reverse")
	}
}

// A terminal of sixteen colours gets these, and none that is nearest to another theme's: that would be
// blue for what is dim.
func TestSixteenColours(t *testing.T) {
	c := start(t, statustest.Degraded(), func(o *tui.Options) {
		o.Program = []tea.ProgramOption{tea.WithWindowSize(80, 24), tea.WithColorProfile(colorprofile.ANSI), tea.WithoutSignals()}
	})
	c.WaitFor("mesh 3 of 4")
	c.Until("nothing is blue", func() bool { return !c.Has(ansi.Blue) && c.Has(ansi.Cyan) && c.Has(ansi.Yellow) })
}

// With TERM=dumb nothing outside ASCII is written.
func TestDumb(t *testing.T) {
	c := start(t, statustest.Degraded(), func(o *tui.Options) { o.Env = []string{"TERM=dumb"} })
	c.WaitFor("mesh 3 of 4")
	for _, r := range c.Screen() {
		if r > 0x7f {
			t.Fatalf("%q is not ASCII:\n%s", r, c.Screen())
		}
	}
}

// Where the terminal or its locale does not speak UTF-8 nothing outside ASCII is written; where nothing is
// known of the locale, glyphs are.
func TestASCIITerminals(t *testing.T) {
	for _, c := range []struct {
		env   []string
		ascii bool
	}{
		{[]string{"TERM=xterm-256color"}, false},
		{[]string{"TERM=xterm-256color", "LANG=de_DE.UTF-8"}, false},
		{[]string{"TERM=xterm-256color", "LANG=C", "LC_ALL=C.utf8"}, false},
		{[]string{"TERM=screen", "LANG=C"}, true},
		{[]string{"TERM=xterm", "LANG=de_DE.UTF-8", "LC_CTYPE=de_DE.ISO-8859-15"}, true},
		{[]string{"TERM=linux", "LANG=C.UTF-8"}, true},
		{[]string{"TERM=vt220"}, true},
		{[]string{"TERM=dumb"}, true},
		{nil, true},
	} {
		if o := (tui.Options{}).Suit(c.env); o.ASCII != c.ascii {
			t.Errorf("%v: ASCII only %v, want %v", c.env, o.ASCII, c.ascii)
		}
	}
	c := start(t, statustest.Degraded(), func(o *tui.Options) { o.Env = []string{"TERM=xterm-256color", "LANG=C"} })
	c.WaitFor("mesh 3 of 4", "x down")
}

// ctrl+z holds no engine, and does nothing where no shell waits; it says so.
func TestSuspend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) { o.Owner = &owner{} })
		d.Keys("ctrl+z")
		wants(t, d, "not suspended: the engine in this console")
		d, _ = drive(t, statustest.Three(), nil)
		d.Keys("ctrl+z")
		wants(t, d, "not suspended: no shell waits")
	})
}

// The screen is whole after a storm of sizes, with 1,000 clients and while snapshots pour in.
func TestResizeStorm(t *testing.T) {
	var program *tea.Program
	c := start(t, statustest.Crowd(), func(o *tui.Options) {
		o.Program = append(o.Program, func(p *tea.Program) { program = p })
	})
	c.WaitFor("mesh 3 of 3", "1,000 in the mesh")
	for i := range 30 {
		size := tuitest.Size{Width: 30 + 37*i%150, Height: 5 + 13*i%45}
		c.Resize(size)
		program.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
		c.backend.Publish(statustest.Crowd())
	}
	c.Resize(tuitest.Size{Width: 80, Height: 24})
	program.Send(tea.WindowSizeMsg{Width: 80, Height: 24})
	program.Send(tea.ClearScreen())
	c.Until("the screen is whole again", func() bool {
		lines := strings.Split(strings.TrimRight(c.Screen(), "\n"), "\n")
		return len(lines) == 24 && strings.HasPrefix(lines[0], " vns3 │ #1 vns3-a") && strings.Contains(lines[0], "mesh 3 of 3") &&
			strings.Contains(lines[22], "┴") && strings.Contains(lines[23], "? help")
	})
}

// What is written to the terminal is about what changed: an ordinary frame is small.
func TestFrameIsSmall(t *testing.T) {
	c := start(t, statustest.Three(), nil)
	c.WaitFor("mesh 3 of 3")
	before := c.Bytes()
	next := statustest.Three()
	next.Peers[1].RTTms, next.System.CPUPercent = 2.4, 7
	c.backend.Publish(next)
	c.WaitFor("2.4ms")
	if n := c.Bytes() - before; n > 1000 {
		t.Errorf("%d bytes for a changed figure", n)
	}
}
