package routes

import (
	"errors"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/charmbracelet/x/ansi"

	"vns3/control"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// The page at every size: routes in every state, filtered ones, none.
func TestGolden(t *testing.T) {
	for name, c := range map[string]struct {
		build func() *status.Snapshot
		keys  []string
	}{
		"routed": {statustest.Routed, []string{"down", "down"}}, "filtered": {statustest.Routed, []string{"/", `"office"`, "enter"}}, "none": {statustest.Three, nil},
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
	b := tuitest.NewBackend(statustest.Routed())
	c := tuitest.NewContext(b)
	return tuitest.Play(t, c, New(c)), b
}

// A new route is checked as it is typed, sent as it was typed, and a refusal leaves the form as it is.
func TestAdd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t)
		refused := errors.New("there is a route to this network already")
		b.On("route add", func(control.Request) (any, error) { return nil, refused })
		player.Keys("a", `"10.9.0.1/16"`, "tab")
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "10.9.0.0/16") {
			t.Errorf("the right network is not proposed:\n%s", got)
		}
		player.Keys("up", "left", "left", "left", "backspace", `"0"`, "tab", `"10.0.1.1"`, "tab", "tab", `"5"`, "tab", "tab", `"depot"`, "tab", "enter")
		want := control.RouteAdd{CIDR: "10.9.0.0/16", Gateway: "10.0.1.1", Metric: 5, Description: "depot"}
		if got := b.Asked(); len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("asked for %+v, want %+v", got, want)
		}
		if got := ansi.Strip(player.Dialogs[0].View(80, 24)); !strings.Contains(got, "already") || !strings.Contains(got, "depot") {
			t.Errorf("the reason or what was typed is gone:\n%s", got)
		}
		refused = nil
		b.On("route add", func(control.Request) (any, error) { return status.Route{ID: 9}, nil })
		player.Keys("enter")
		if len(player.Dialogs) != 0 {
			t.Error("the form stays open after the route was added")
		}
		player.Keys("a", `"10.8.0.0/16"`, "tab", "tab", "tab", "tab", "space", "ctrl+s")
		for i, want := range []string{"for this controller only", "added and advertised"} {
			if say, is := player.Sent[i].(page.Say); !is || !strings.Contains(say.Text, want) {
				t.Errorf("told %v, want %q", player.Sent[i], want)
			}
		}
	})
}

// What is not a network, a gateway or a metric is refused in words that help.
func TestChecks(t *testing.T) {
	for _, c := range []struct {
		check func(string) error
		value string
		want  string
	}{
		{checkCIDR, "", "10.20.0.0/16"}, {checkCIDR, "10.1.1.0", "prefix length is missing"}, {checkCIDR, "x/24", "not a network"},
		{checkCIDR, "10.1.1.1/24", "10.1.1.0/24"}, {checkCIDR, " 10.1.1.0/24 ", ""}, {checkGateway, "", ""}, {checkGateway, "gw", "not an IPv4"},
		{checkGateway, "2001:db8::1", "not an IPv4"}, {checkCIDR, "2001:db8::/32", "only IPv4"}, {checkMetric, "2147483648", "from 0 to 2147483647"},
		{checkGateway, "10.0.0.1", ""}, {checkMetric, "", ""}, {checkMetric, "-1", "from 0"}, {checkMetric, "20", ""},
	} {
		err := c.check(c.value)
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got %v, want %q", c.value, err, c.want)
		}
	}
}

// Routes of this controller can be enabled, disabled and removed; those of others say where.
func TestChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		player, b := play(t)
		player.Keys("down", "d") // the disabled one
		player.Keys("up", "X")
		player.Arm()
		player.Keys("right", "enter")
		want := []control.Request{control.RouteEnable{ID: 2, CIDR: "192.168.40.0/24", Enabled: true}, control.RouteRemove{ID: 1, CIDR: "10.20.0.0/16"}}
		if got := b.Asked(); !reflect.DeepEqual(got, want) {
			t.Errorf("asked for %+v, want %+v", got, want)
		}
		player.Sent = nil
		player.Keys("end", "X", "d")
		for _, msg := range player.Sent {
			if say, is := msg.(page.Say); !is || !strings.Contains(say.Text, "change it there") {
				t.Errorf("told %v", msg)
			}
		}
		if len(player.Sent) != 2 || len(b.Asked()) != 2 {
			t.Errorf("another controller's route: told %v, asked %v", player.Sent, b.Asked())
		}
	})
}
