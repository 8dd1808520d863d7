package access

import (
	"errors"
	"reflect"
	"strings"
	"testing"
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
	player, b := play(t, nil)
	b.On("access password", func(control.Request) (any, error) {
		return control.AccessPasswordSet{Password: "s3cret-made-here"}, nil
	})
	player.Keys("w", "enter", "enter")
	if len(player.Dialogs) != 1 || !strings.Contains(ansi.Strip(player.Dialogs[0].View(80, 24)), "s3cret-made-here") {
		t.Fatal("the password that was made is not shown")
	}
	player.Keys("x", "q", "y")
	if copied, is := player.Sent[0].(page.CopyText); !is || copied.Text != "s3cret-made-here" || len(player.Dialogs) != 1 {
		t.Errorf("sent %v, %d dialogs", player.Sent, len(player.Dialogs))
	}
	player.Keys("enter", "w", `"longer-one"`, "tab", `"another-one"`, "enter")
	if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "the two differ") || strings.Contains(got, "longer-one") {
		t.Errorf("want the reason, and no password:\n%s", got)
	}
	if got := changes(b); len(got) != 1 {
		t.Errorf("asked for %v", got)
	}
}

// A new token is made as chosen, shown once, and then stands in the list.
func TestToken(t *testing.T) {
	player, b := play(t, nil)
	b.On("access token add", func(control.Request) (any, error) {
		return control.AccessToken{ID: 9, Name: "ci", Token: "0123abcd"}, nil
	})
	b.On("access token list", func(control.Request) (any, error) { return control.AccessTokenList{Tokens: tokens()}, nil })
	player.Keys("a", `"ci"`, "tab", "right", "tab", "space", "tab", "enter")
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
}

// Tokens are expired and deleted after a question, and renewed at once.
func TestTokens(t *testing.T) {
	player, b := play(t, tokens())
	for _, k := range []string{"E", "X"} {
		player.Keys(k)
		if len(player.Dialogs) != 1 {
			t.Fatalf("%s asks nothing", k)
		}
		player.Wait(player.Dialogs[0].Init())
		player.Keys("right", "enter")
	}
	player.Keys("end", "n", "E")
	want := []control.Request{control.AccessTokenExpire{ID: 1, Expired: true}, control.AccessTokenRevoke{ID: 1}, control.AccessTokenExpire{ID: 5}}
	if got := changes(b); !reflect.DeepEqual(got, want) {
		t.Errorf("asked for %+v, want %+v", got, want)
	}
}

// The second user is set as typed; a refusal stays in the form.
func TestUser(t *testing.T) {
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
}
