package access

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

func tokens() []control.AccessToken {
	now := statustest.Now
	return []control.AccessToken{
		{ID: 1, Name: "terraform", CreatedAt: now.Add(-72 * time.Hour), LastUsed: now.Add(-4 * time.Minute), LastFrom: "10.0.9.4", ExpiresAt: now.Add(27 * 24 * time.Hour), Lifetime: 30 * 24 * time.Hour},
		{ID: 2, Name: "monitoring", CreatedAt: now.Add(-time.Hour), ExpiresAt: now.Add(50 * time.Minute), Lifetime: time.Hour, Refreshes: true},
		{ID: 5, Name: "trial", CreatedAt: now.Add(-3 * time.Hour), LastUsed: now.Add(-150 * time.Minute), LastFrom: "198.51.100.20", ExpiresAt: now.Add(-2 * time.Hour), Lifetime: time.Hour, Expired: true},
	}
}

func play(t *testing.T, list []control.AccessToken) (*tuitest.Player, *tuitest.Backend) {
	t.Helper()
	b := tuitest.NewBackend(statustest.Three())
	b.On("access token list", func(control.Request) (any, error) { return control.AccessTokenList{Tokens: list}, nil })
	c := tuitest.NewContext(b)
	return tuitest.Play(t, c, New(c)), b
}

// The page at every size: with tokens in every state, without any, and where they cannot be read.
func TestGolden(t *testing.T) {
	for name, reply := range map[string]func(control.Request) (any, error){
		"tokens": func(control.Request) (any, error) { return control.AccessTokenList{Tokens: tokens()}, nil },
		"none":   func(control.Request) (any, error) { return control.AccessTokenList{}, nil },
		"failed": func(control.Request) (any, error) { return nil, control.ErrDisconnected },
	} {
		t.Run(name, func(t *testing.T) {
			tuitest.Golden(t, func(t *testing.T, c *page.Context) page.Page {
				p := New(c)
				tuitest.Play(t, c, p)
				return p
			}, func() *page.Context {
				b := tuitest.NewBackend(statustest.Three())
				b.On("access token list", reply)
				return tuitest.NewContext(b)
			})
		})
	}
}

// changes are the requests that are not a listing.
func changes(b *tuitest.Backend) []control.Request {
	var all []control.Request
	for _, r := range b.Asked() {
		if _, listing := r.(control.AccessTokens); !listing {
			all = append(all, r)
		}
	}
	return all
}

// A random password is shown once, copied on demand, and one that is typed must be typed twice.
func TestPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, nil)
		b.On("access password", func(control.Request) (any, error) {
			return control.AccessPasswordSet{Password: "s3cret-made-here"}, nil
		})
		player.Keys("w", "enter", "enter", "enter", "enter")
		if got := changes(b); len(got) != 0 {
			t.Fatalf("keys in flight set a random password: %v", got)
		}
		player.Arm()
		if got := ansi.Strip(player.Dialogs[1].View(80, 24)); !strings.Contains(got, "locked out") || !strings.Contains(got, "[▸Cancel ]") {
			t.Fatal(got)
		}
		player.Keys("right", "enter", "enter", "esc") // and a key in flight does not take away what is shown once
		if len(player.Dialogs) != 1 || !strings.Contains(ansi.Strip(player.Dialogs[0].View(80, 24)), "s3cret-made-here") {
			t.Fatal("the password that was made is not shown")
		}
		player.Keys("x", "q", "y")
		if copied, is := player.Sent[0].(page.CopyText); !is || copied.Text != "s3cret-made-here" || len(player.Dialogs) != 1 {
			t.Errorf("sent %v, %d dialogs", player.Sent, len(player.Dialogs))
		}
		player.Arm()
		player.Keys("enter", "w", `"longer-one"`, "tab", `"another-one"`, "enter")
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "the two differ") || strings.Contains(got, "longer-one") {
			t.Errorf("want the reason, and no password:\n%s", got)
		}
		if got := changes(b); len(got) != 1 {
			t.Errorf("asked for %v", got)
		}
		player.Keys("esc", "w")
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "at least 8 characters") {
			t.Errorf("how long it must be is not told before it is typed:\n%s", got)
		}
	})
}

// A new token is made as chosen, shown once, and then stands in the list.
func TestToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, nil)
		b.On("access token add", func(control.Request) (any, error) {
			return control.AccessToken{ID: 9, Name: "ci", Token: "0123abcd"}, nil
		})
		b.On("access token list", func(control.Request) (any, error) { return control.AccessTokenList{Tokens: tokens()}, nil })
		player.Keys("a", `"ci"`, "tab", "backspace", "backspace", "backspace", "backspace", "backspace", "backspace", `"2y"`, "ctrl+s")
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "one minute to one year") || len(changes(b)) != 0 {
			t.Fatalf("two years are taken:\n%s", got)
		}
		player.Keys("backspace", "backspace", `"1 day"`, "tab", "space", "tab", "enter")
		want := []control.Request{control.AccessTokenCreate{Name: "ci", Expires: 24 * time.Hour, Refreshes: true}}
		if got := changes(b); !reflect.DeepEqual(got, want) {
			t.Errorf("asked for %+v, want %+v", got, want)
		}
		if len(player.Dialogs) != 1 || !strings.Contains(ansi.Strip(player.Dialogs[0].View(80, 24)), "0123abcd") {
			t.Error("the token is not shown")
		}
		if got := ansi.Strip(player.Page.View()); !strings.Contains(got, "terraform") {
			t.Errorf("the list was not asked for anew:\n%s", got)
		}
	})
}

// Tokens are expired and deleted after a question, and renewed at once.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, tokens())
		for _, k := range []string{"E", "X"} {
			player.Keys(k)
			if len(player.Dialogs) != 1 {
				t.Fatalf("%s asks nothing", k)
			}
			player.Arm()
			player.Keys("right", "enter")
		}
		player.Keys("end", "n", "E")
		want := []control.Request{control.AccessTokenExpire{ID: 1, Expired: true}, control.AccessTokenRevoke{ID: 1}, control.AccessTokenExpire{ID: 5}}
		if got := changes(b); !reflect.DeepEqual(got, want) {
			t.Errorf("asked for %+v, want %+v", got, want)
		}
	})
}

// A token is seen whole, whatever the screen has no room for, and can be copied; the list does not grow old
// while it is looked at.
func TestTokenDetail(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, tokens())
		player.Keys("enter")
		got := ansi.Strip(player.Dialogs[0].View(80, 24))
		for _, want := range []string{"terraform", "● valid 27d", "30d, from when it was made", "from 10.0.9.4", "shown once"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is not in\n%s", want, got)
			}
		}
		player.Keys("esc", "y")
		if copied, is := player.Sent[0].(page.CopyText); !is || !strings.Contains(copied.Text, "from 10.0.9.4") || strings.Contains(copied.Text, "\x1b") {
			t.Errorf("copied %v", player.Sent)
		}
		for i, after := range []time.Duration{time.Second, 6 * time.Second} {
			s := statustest.Three()
			s.At = s.At.Add(after)
			player.Show(s)
			if n := len(b.Asked()); n != 1+i {
				t.Errorf("after %v it was asked %d times", after, n)
			}
		}
	})
}

// The page says who else may sign in; to lock them out is asked first. A name that HTTP cannot carry is
// refused while it is typed.
func TestSecondUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := tuitest.NewBackend(statustest.Three())
		b.On("access token list", func(control.Request) (any, error) {
			return control.AccessTokenList{User: control.AccessUserSet{Enabled: true, Username: "ops"}}, nil
		})
		c := tuitest.NewContext(b)
		player := tuitest.Play(t, c, New(c))
		if got := ansi.Strip(player.Page.View()); !strings.Contains(got, `ops may sign in beside "api"`) {
			t.Error(got)
		}
		for typed, want := range map[string]string{"api": "the first user", "a:b": "without spaces and colons", "a b": "without spaces and colons"} {
			player.Keys("u", "tab", `"`+typed, "ctrl+s")
			if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, want) {
				t.Errorf("%q:\n%s", typed, got)
			}
			player.Keys("esc")
		}
		player.Keys("u", "space", "ctrl+s")
		player.Arm()
		if got := ansi.Strip(player.Dialogs[1].View(80, 24)); !strings.Contains(got, "Lock ops out?") || len(changes(b)) != 0 {
			t.Fatalf("asked for %v\n%s", changes(b), got)
		}
		player.Keys("right", "enter")
		off := false
		if got := changes(b); !reflect.DeepEqual(got, []control.Request{control.AccessUser{Enabled: &off}}) {
			t.Errorf("asked for %+v", got)
		}
	})
}

// The second user is set as typed; a refusal stays in the form.
func TestUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t, nil)
		b.On("access user", func(control.Request) (any, error) { return nil, errors.New("the name is taken") })
		player.Keys("u", "tab", `"ops"`, "tab", `"a-long-one"`, "enter")
		on := true
		if got := changes(b); !reflect.DeepEqual(got, []control.Request{control.AccessUser{Enabled: &on, Username: "ops", Password: "a-long-one"}}) {
			t.Errorf("asked for %+v", got)
		}
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "the name is taken") {
			t.Errorf("the reason is not told:\n%s", got)
		}
	})
}
