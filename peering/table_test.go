package peering

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
)

// table makes a table from the texts of its rows, in order from row 1.
func table(t *testing.T, rows ...string) Table {
	t.Helper()
	var made Table
	for i, text := range rows {
		row, err := ParseRow(text)
		if err != nil {
			t.Fatal(err)
		}
		made[i+1] = row
	}
	return made
}

// What a table says of itself: its own row, its peers, how far it is filled in.
func TestTable(t *testing.T) {
	for _, c := range []struct {
		rows  []string
		self  int
		peers []int
		state State
	}{
		{nil, 0, nil, Empty},
		{[]string{"none", "none"}, 0, nil, Empty},
		{[]string{"self"}, 1, nil, Complete},
		{[]string{"a", "none", "b"}, 0, []int{1, 3}, Incomplete},
		{[]string{"a", "self", "b"}, 2, []int{1, 3}, Complete},
		{[]string{"none", "self", "self"}, 2, nil, Complete},
	} {
		got := table(t, c.rows...)
		if got.Self() != c.self || !reflect.DeepEqual(got.Peers(), c.peers) || got.State() != c.state {
			t.Errorf("%v: self %d, peers %v, %v", c.rows, got.Self(), got.Peers(), got.State())
		}
	}
	for state, want := range map[State]string{Empty: "empty", Incomplete: "incomplete", Complete: "complete"} {
		if state.String() != want {
			t.Errorf("got %q, want %q", state, want)
		}
	}
}

// A loop over the rows may end early.
func TestRowsStops(t *testing.T) {
	var seen []int
	for id := range (Table{}).Rows() {
		if seen = append(seen, id); id == 3 {
			break
		}
	}
	if !reflect.DeepEqual(seen, []int{1, 2, 3}) {
		t.Errorf("saw %v", seen)
	}
}

// The JSON of a table has the rows that are set, and reads back as the same table.
func TestTableJSON(t *testing.T) {
	want := table(t, "self", "10.0.2.10", "none", "2001:db8::1", "none", "none", "none", "none", "a.example")
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	const text = `{"1":"this instance","2":"10.0.2.10","4":"2001:db8::1","9":"a.example"}`
	if string(data) != text {
		t.Errorf("got  %s\nwant %s", data, text)
	}
	got := table(t, "b.example")
	if err := json.Unmarshal(data, &got); err != nil || got != want {
		t.Errorf("read back as %v, %v", got, err)
	}
}

// A bad table in JSON is refused with its row named, and the old one stays.
func TestTableJSONRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		`{"0":"self"}`:                `"0" is no controller ID`,
		`{"10":"self"}`:               `"10" is no controller ID`,
		`{"01":"self"}`:               `"01" is no controller ID`,
		`{"+1":"self"}`:               `"+1" is no controller ID`,
		`{"x":"self"}`:                `"x" is no controller ID`,
		`{"2":"a:1"}`:                 `row 2: "a:1" has a port`,
		`{"3":"[x]","2":"a:1"}`:       `row 2`,
		`["self"]`:                    "want an object",
		`{"1":{"kind":"this thing"}}`: "want an object",
	} {
		old := table(t, "self", "b.example")
		got := old
		err := json.Unmarshal([]byte(text), &got)
		if err == nil || !strings.Contains(err.Error(), reason) || got != old {
			t.Errorf("%s: %v, %v; want %q", text, got, err, reason)
		}
	}
}

// Moving this instance leaves exactly one row that says so; an ID that cannot be is refused.
func TestMoveSelf(t *testing.T) {
	for _, c := range []struct {
		from []string
		id   int
		want []string
	}{
		{nil, 1, []string{"self"}},
		{[]string{"self", "a"}, 1, []string{"self", "a"}},
		{[]string{"self", "a"}, 2, []string{"none", "self"}},
		{[]string{"self", "self", "self", "a"}, 2, []string{"none", "self", "none", "a"}},
	} {
		got, err := MoveSelf(table(t, c.from...), c.id)
		if err != nil || got != table(t, c.want...) {
			t.Errorf("MoveSelf(%v, %d) = %v, %v", c.from, c.id, got, err)
		}
	}
	for _, id := range []int{-1, 0, 10} {
		before := table(t, "self")
		if got, err := MoveSelf(before, id); err == nil || got != before {
			t.Errorf("MoveSelf to %d = %v, %v", id, got, err)
		}
	}
}

// Every kind of change is told with what it means for the tunnels.
func TestDiff(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"none", "10.0.3.10", "row 1: not set → 10.0.3.10: a tunnel to controller 1 starts; it must list this controller too"},
		{"10.0.3.10", "none", "row 1: 10.0.3.10 → not set: the tunnel to controller 1 ends; it still lists this controller until it is removed there too"},
		{"10.0.3.10", "a.example", "row 1: 10.0.3.10 → a.example: the tunnel to controller 1 goes to the new address"},
		{"none", "self", "row 1: not set → this instance: this controller becomes controller 1; the others must list it as that"},
		{"10.0.3.10", "self", "row 1: 10.0.3.10 → this instance: this controller becomes controller 1; the others must list it as that"},
		{"self", "none", "row 1: this instance → not set: this controller is no longer controller 1"},
		{"self", "10.0.3.10", "row 1: this instance → 10.0.3.10: another controller is controller 1 now"},
	} {
		changes := Diff(table(t, c.from, "b.example"), table(t, c.to, "b.example"))
		if len(changes) != 1 || changes[0].String() != c.want {
			t.Errorf("%s → %s: %v", c.from, c.to, changes)
		}
	}
	if changes := Diff(table(t, "self", "a"), table(t, "self", "a")); changes != nil {
		t.Errorf("equal tables differ: %v", changes)
	}
}
