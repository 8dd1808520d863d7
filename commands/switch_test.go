package commands

import (
	"io"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/peering"
	"vns3/tui"
)

// Another controller is found at whichever of its addresses leads to it: one where nobody answers and one
// where another controller answers, as private networks with the same addresses have, are passed over and
// named where none leads to it.
func TestSwitchTo(t *testing.T) {
	site := func(id int) *apitest.Site {
		s := apitest.Start(t, apitest.SiteOptions{Controller: apitest.Options{Name: "number " + string(rune('0'+id))}})
		if _, err := s.Controller.Do(t.Context(), control.PeeringSet{Rows: map[int]peering.Row{id: {Kind: peering.Self}}}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	first, second := site(1), site(2)
	a := newWorld(t).app(io.Discard, io.Discard)
	to := tui.Another{ID: 2, Hosts: []string{"127.0.0.1:1", first.Addr(), second.Addr()}, Password: apitest.Password}
	opened, err := a.switchTo(t.Context(), to)
	if err != nil {
		t.Fatal(err)
	}
	shut := opened.Backend.(io.Closer)
	defer shut.Close()
	if opened.Host != second.Addr() || !strings.Contains(opened.Note, second.Addr()) || opened.Backend.Snapshot().Controller.ID != 2 {
		t.Errorf("opened %q, note %q", opened.Host, opened.Note)
	}

	to.ID = 3
	_, err = a.switchTo(t.Context(), to)
	for _, want := range []string{"controller 3", "127.0.0.1:1: no engine answers there", `controller 1, "number 1", answers there`, `controller 2, "number 2", answers there`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("it does not say %q: %v", want, err)
		}
	}
}
