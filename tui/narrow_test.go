package tui_test

import (
	"strings"
	"testing"
	"testing/synctest"

	tea "charm.land/bubbletea/v2"

	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui"
	"vns3/tui/page"
	"vns3/tui/tuitest"
)

// wide has long names in wide characters, and addresses as long as they may be.
func wide() *status.Snapshot {
	s := statustest.Draining()
	const name = "東京コントローラー🗼 für die längsten Namen, die jemand vergibt"
	s.Controller.Name, s.Controller.TopologyName = name, "日本語トポロジー 👩‍👩‍👧 🇯🇵 "+name
	host := strings.Repeat("very-long-label.", 12) + "example.net"
	for i := range s.Controllers {
		s.Controllers[i].Name, s.Controllers[i].Addresses = name, []string{host}
	}
	for i := range s.Peers {
		if s.Peers[i].Address != "" {
			s.Peers[i].Address = host
		}
	}
	for i := range s.Clients {
		s.Clients[i].Tags = map[string]string{"ort": "名古屋市の建物"}
	}
	for i := range s.Routes {
		s.Routes[i].Description = name
	}
	for i := range s.Warnings {
		s.Warnings[i].Title = name + ": " + s.Warnings[i].Title
	}
	return s
}

// Identity and topology both keep a place in the header, however long their names are.
func TestHeaderShares(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, wide(), nil)
		header := strings.Split(text(d), "\n")[0]
		for _, want := range []string{"#1 東京", "│ 日本語", "draining  mesh 3 of 3"} {
			if !strings.Contains(header, want) {
				t.Errorf("%q is not in %q", want, header)
			}
		}
	})
}

// A topology whose keys were made without a name is one all the same.
func TestUnnamedTopology(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := statustest.Three()
		s.Controller.TopologyName = ""
		d, _ := drive(t, s, nil)
		d.Send(page.GoTo{Page: page.Keyset})
		wants(t, d, "topology without a name", "has no name; Settings gives it one")
	})
}

// On a narrow screen the help says all that it says on a wide one.
func TestHelpOnNarrowScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d, _ := drive(t, statustest.Three(), func(o *tui.Options) {
			o.Origin.File = "/home/administrator/somewhere/deep/down/configuration/vns3.toml"
		})
		d.Send(tea.WindowSizeMsg{Width: 60, Height: 15})
		d.Keys("?")
		shown := text(d)
		for range 20 {
			d.Keys("down")
			shown += text(d)
		}
		for _, want := range []string{"twice:", "stop", "vns3.toml"} {
			if !strings.Contains(shown, want) {
				t.Errorf("%q is not in the help", want)
			}
		}
	})
}

// What passes by never hides the buttons of a dialog, at any size.
func TestToastAndDialog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, size := range []tuitest.Size{{Width: 60, Height: 15}, {Width: 80, Height: 24}} {
			d, _ := drive(t, statustest.Unlicensed(), nil)
			d.Send(tea.WindowSizeMsg{Width: size.Width, Height: size.Height})
			d.Keys(":", `"keyset generate`, "enter")
			d.Send(page.Say{Text: "something that passes by, and says rather much on more than one line while it does"})
			wants(t, d, "passes by", "[ Generate ]  [ Cancel ]")
			tuitest.Fits(t, d.Screen(), size.Width, size.Height)
		}
	})
}
