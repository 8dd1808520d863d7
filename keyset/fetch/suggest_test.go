package fetch

import (
	"net/netip"
	"strings"
	"testing"

	"vns3/overlay"
	"vns3/peering"
)

// Proves what is proposed to a controller from the table of the source it fetched from.
func TestSuggest(t *testing.T) {
	here := netip.MustParseAddr("10.0.2.10")
	local := func(a netip.Addr) bool { return a == here }
	address := func(a string) peering.Row { return peering.Row{Kind: peering.Address, Address: a} }
	self := peering.Row{Kind: peering.Self}
	for name, c := range map[string]struct {
		from  string
		own   int
		rows  map[int]string
		want  peering.Table
		notes map[int]string // parts of the notes
	}{
		"found": {
			from: "10.0.1.10", own: 1, rows: map[int]string{1: "this instance", 2: "10.0.2.10", 3: "vns3-3.example.net"},
			want:  peering.Table{1: address("10.0.1.10"), 2: self, 3: address("vns3-3.example.net")},
			notes: map[int]string{1: "fetched from", 2: "controller 1 lists 10.0.2.10, an address of this machine", 3: "as controller 1"},
		},
		"a port is no part of a row": {
			from: "[2001:db8::1]:8001", own: 2, rows: map[int]string{2: "this instance"},
			want: peering.Table{2: address("2001:db8::1")}, notes: map[int]string{1: "free", 2: "fetched from"},
		},
		"not found": {
			from: "vns3-a.example.net", own: 1, rows: map[int]string{1: "this instance", 3: "10.0.3.10"},
			want:  peering.Table{1: address("vns3-a.example.net"), 3: address("10.0.3.10")},
			notes: map[int]string{2: "free", 3: "as controller 1"},
		},
		"found twice": {
			from: "10.0.1.10", own: 1, rows: map[int]string{2: "10.0.2.10", 3: "10.0.2.10"},
			want: peering.Table{1: address("10.0.1.10"), 2: self, 3: address("10.0.2.10")}, notes: map[int]string{3: "as controller 1"},
		},
		"the source's address in another row": {
			from: "10.0.1.10", own: 1, rows: map[int]string{2: "10.0.1.10", 3: "10.0.2.10"},
			want: peering.Table{1: address("10.0.1.10"), 3: self}, notes: map[int]string{2: "the address that the keyset was fetched from"},
		},
		"the source has no ID yet": {
			from: "10.0.1.10", own: 0, rows: nil, want: peering.Table{}, notes: map[int]string{1: "free"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			b := &Bundle{SourceID: c.own, PeeringRows: c.rows, Overlay: overlay.Parameters{Controllers: make([]overlay.Controller, 3)}}
			table, notes := Suggest(b, c.from, local)
			if table != c.want {
				t.Errorf("proposed %v, want %v", table, c.want)
			}
			for id, part := range c.notes {
				if !strings.Contains(notes[id], part) {
					t.Errorf("note of row %d is %q, want %q in it", id, notes[id], part)
				}
			}
		})
	}
}

// Proves how the address of a source is read.
func TestSourceAddress(t *testing.T) {
	for source, want := range map[string]string{
		"10.0.1.10":           "10.0.1.10:8000",
		"10.0.1.10:8001":      "10.0.1.10:8001",
		"vns3-a.example.net":  "vns3-a.example.net:8000",
		"vns3-a:443":          "vns3-a:443",
		"2001:db8::1":         "[2001:db8::1]:8000",
		"[2001:db8::1]":       "[2001:db8::1]:8000",
		"[2001:db8::1]:8001":  "[2001:db8::1]:8001",
		"":                    "",
		":8000":               "",
		"10.0.1.10:0":         "",
		"10.0.1.10:x":         "",
		"10.0.1.10:70000":     "",
		"https://10.0.1.10":   "",
		"https://10.0.1.10:1": "",
		"user@10.0.1.10":      "",
		"two words":           "",
	} {
		got, err := sourceAddress(source)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("source %q is %q, %v; want %q", source, got, err, want)
		}
	}
}
