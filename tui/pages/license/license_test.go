package license

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

const text3 = "vns3 license\ntopology Acme\ncontrollers 4\n"

func unset() *status.Snapshot {
	s := statustest.Three()
	s.Controller.License.Finalized = false
	return s
}

func open(t *testing.T, s *status.Snapshot) (*tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(s)
	c := tuitest.NewContext(b)
	return tuitest.Play(t, c, New(c)), b
}

func top(t *testing.T, p *tuitest.Player) string {
	t.Helper()
	if len(p.Dialogs) == 0 {
		t.Fatal("no dialog is open")
	}
	return ansi.Strip(p.Dialogs[len(p.Dialogs)-1].View(78, 22))
}

// The page looks as recorded in its states, at every size.
func TestGolden(t *testing.T) {
	expired := func() *status.Snapshot {
		s := statustest.Three()
		s.Controller.License.Expires, s.Controller.License.Expired = s.At.AddDate(0, 0, -3), true
		return s
	}
	for name, snapshot := range map[string]func() *status.Snapshot{
		"none": statustest.Unlicensed, "in-use": statustest.Three, "nine": statustest.Nine, "expired": expired, "parameters-unset": unset,
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(_ *testing.T, c *page.Context) page.Page { return New(c) },
				func() *page.Context { return tuitest.NewContext(tuitest.NewBackend(snapshot())) })
		})
	}
}

// A license is installed from a file; a path that is none says why and nothing is asked.
func TestFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "acme.license")
		if err := os.WriteFile(path, []byte(text3), 0o600); err != nil {
			t.Fatal(err)
		}
		player, b := open(t, statustest.Unlicensed())
		player.Keys("i", "tab", "<"+path+".missing", "enter")
		if shown := top(t, player); !strings.Contains(shown, "there is no such file") || len(b.Asked()) != 0 {
			t.Fatalf("asked %v\n%s", b.Asked(), shown)
		}
		player.Keys("esc", "i", "tab", "<"+path, "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.LicenseInstall{Text: text3}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// A refused path is typed anew where the cursor is: on the button.
func TestTypedAnew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "acme.license")
		if err := os.WriteFile(path, []byte(text3), 0o600); err != nil {
			t.Fatal(err)
		}
		player, b := open(t, statustest.Unlicensed())
		player.Keys("i", "tab", "</no/such/file", "enter", "ctrl+u", "<"+path, "enter")
		if asked := b.Asked(); len(asked) != 1 || asked[0] != (control.LicenseInstall{Text: text3}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// The community license needs no file: enter leads past it to the button.
func TestCommunityNeedsNoFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := open(t, statustest.Unlicensed())
		player.Keys("i")
		if narrow := player.Dialogs[0].View(58, 13); strings.Contains(narrow, "…") {
			t.Errorf("something is cut:\n%s", narrow)
		}
		player.Keys("enter")
		if shown := top(t, player); !strings.Contains(shown, "[▸Install ]") || len(b.Asked()) != 0 {
			t.Fatalf("asked %v\n%s", b.Asked(), shown)
		}
		player.Keys("enter")
		if asked := b.Asked(); len(asked) == 0 || asked[0] != (control.LicenseInstall{Community: true}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// A license is installed from pasted text, and its parameters are asked for at once.
func TestPaste(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := open(t, statustest.Unlicensed())
		parameters := *statustest.Three().Controller.Overlay
		b.On("license install", func(control.Request) (any, error) {
			return control.LicenseShown{License: status.License{Licensed: true, Controllers: 4, Clientpacks: 50}, Parameters: parameters}, nil
		})
		player.Keys("i")
		player.Send(tea.PasteMsg{Content: text3})
		if shown := top(t, player); !strings.Contains(shown, "pasted 3 lines") {
			t.Fatal(shown)
		}
		player.Keys("enter")
		shown := top(t, player)
		for _, want := range []string{"Overlay parameters", "100.127.255.192/26", "#1 100.127.255.253", "cannot be changed afterwards"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not shown:\n%s", want, shown)
			}
		}
		player.Keys("enter", "enter", "enter")
		if asked := b.Asked(); len(asked) != 1 {
			t.Fatalf("keys in flight set the parameters for good: %v", asked)
		}
		player.Arm()
		player.Keys("right", "enter")
		if asked := b.Asked(); len(asked) != 2 || asked[1] != (control.LicenseParameters{Default: true}) {
			t.Errorf("asked %v", asked)
		}
	})
}

// A subnet of one's own is laid out before it is sent; one that does not fit is refused with the reason.
func TestOwnSubnet(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := open(t, unset())
		player.Keys("o")
		for range len("100.127.255.192/26") {
			player.Keys("backspace")
		}
		player.Keys("<10.9.0.0/28", "enter")
		if shown := top(t, player); !strings.Contains(shown, "do not fit") || len(b.Asked()) != 0 {
			t.Fatalf("asked %v\n%s", b.Asked(), shown)
		}
		for range len("10.9.0.0/28") {
			player.Keys("backspace")
		}
		player.Keys("<172.31.1.0/24", "enter")
		player.Arm()
		if shown := top(t, player); !strings.Contains(shown, "Set the overlay to 172.31.1.0/24?") || !strings.Contains(shown, "[▸Cancel ]") {
			t.Fatal(shown)
		}
		player.Keys("enter") // Cancel: what was typed is still there
		if len(b.Asked()) != 0 || len(player.Dialogs) != 1 {
			t.Fatalf("asked %v", b.Asked())
		}
		player.Keys("enter")
		player.Arm()
		player.Keys("right", "enter")
		asked := b.Asked()
		if len(asked) != 1 {
			t.Fatalf("asked %v", asked)
		}
		sent := asked[0].(control.LicenseParameters).Parameters
		if sent == nil || sent.VIP.String() != "172.31.1.254" || len(sent.Controllers) != 4 || len(sent.Clients) != 50 {
			t.Errorf("sent %+v", sent)
		}
	})
}

// A refusal stands in the dialog.
func TestRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := open(t, statustest.Unlicensed())
		b.On("license install", func(control.Request) (any, error) {
			return nil, &control.Error{Kind: control.Invalid, What: "license", Reason: "Bad license"}
		})
		player.Keys("i", "tab", "tab", "enter")
		if shown := top(t, player); !strings.Contains(shown, "✗ Bad license") {
			t.Error(shown)
		}
	})
}

// Who leaves the dialogs before the answer is there is told all the same, and no license is left without
// its parameters.
func TestLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slowly := func(reply any, err error) func(control.Request) (any, error) {
			return func(control.Request) (any, error) { time.Sleep(time.Second); return reply, err }
		}
		player, b := open(t, statustest.Unlicensed())
		b.On("license install", slowly(control.LicenseShown{License: status.License{Licensed: true, Community: true}}, nil))
		b.On("license parameters", slowly(nil, errors.New("the disk is full")))
		player.Keys("i", "enter", "enter", "esc")
		player.After(time.Second)
		player.After(time.Second)
		want := []control.Request{control.LicenseInstall{Community: true}, control.LicenseParameters{Default: true}}
		if asked := b.Asked(); !slices.Equal(asked, want) || !player.Asked(page.Say{Severity: status.Error, Text: "License: the disk is full"}) {
			t.Errorf("asked %v, told %+v", asked, player.Sent)
		}

		player, b = open(t, statustest.Unlicensed())
		b.On("license install", slowly(control.LicenseShown{License: status.License{Licensed: true, Community: true}}, nil))
		player.Keys("i", "enter", "enter", "esc")
		other := tuitest.NewBackend(statustest.Unlicensed())
		player.Context.Backend = other
		player.After(time.Second)
		if asked := other.Asked(); len(asked) != 0 {
			t.Errorf("another controller was asked %v", asked)
		}

		player, b = open(t, unset())
		b.On("license parameters", slowly(nil, errors.New("the disk is full")))
		player.Keys("o", "enter", "enter")
		player.Arm()
		player.Keys("right", "enter", "esc")
		player.After(time.Second)
		if !player.Asked(page.Say{Severity: status.Error, Text: "Overlay parameters: the disk is full"}) {
			t.Errorf("asked %v, told %+v", b.Asked(), player.Sent)
		}
	})
}

// Until the parameters are set the wrong license is replaced by any other; afterwards it is an upgrade.
func TestReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for set, want := range map[bool]control.Request{false: control.LicenseInstall{Text: text3}, true: control.LicenseUpgrade{Text: text3}} {
			s := unset()
			s.Controller.License.Finalized = set
			player, b := open(t, s)
			player.Keys("i")
			player.Send(tea.PasteMsg{Content: text3})
			player.Keys("enter")
			if asked := b.Asked(); len(asked) != 1 || asked[0] != want {
				t.Errorf("parameters set: %v: asked %v, want %v", set, asked, want)
			}
		}
	})
}

// A license that has expired already is told of as that, and leads to nothing that is for good.
func TestExpiredInstall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := open(t, statustest.Unlicensed())
		b.On("license install", func(control.Request) (any, error) {
			return control.LicenseShown{License: status.License{Licensed: true, Expired: true, Expires: statustest.Now.AddDate(-1, 0, 0)}}, nil
		})
		player.Keys("i")
		player.Send(tea.PasteMsg{Content: text3})
		player.Keys("enter")
		say, is := player.Sent[0].(page.Say)
		if !is || say.Severity != status.Warn || !strings.Contains(say.Text, "expired on 2025-") || len(player.Dialogs) != 0 {
			t.Errorf("%v, %d dialogs", player.Sent, len(player.Dialogs))
		}
	})
}

// A screen too low for all of the page shows its end at the touch of one key, and by the wheel.
func TestScroll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, _ := open(t, statustest.Nine())
		player.Page.SetSize(58, 8)
		for _, move := range []func(){func() { player.Keys("end") }, func() { player.Keys("pgdown", "pgdown") }, func() {
			for range 5 {
				player.Send(tea.MouseWheelMsg{Button: tea.MouseWheelDown})
			}
		}} {
			player.Keys("home")
			move()
			if got := ansi.Strip(player.Page.View()); !strings.Contains(got, "100.127.252.1 …") {
				t.Error(got)
			}
		}
	})
}
