package peering

import (
	"encoding/json"
	"fmt"
	"iter"
	"sort"
	"strconv"
)

// Table is a peering table: the row of the controller with ID i stands at index i; index 0 is unused.
// It is a value: copy it, change the copy, compare with ==.
type Table [MaxID + 1]Row

// Rows yields the IDs 1…MaxID in order, each with its row.
func (t Table) Rows() iter.Seq2[int, Row] {
	return func(yield func(int, Row) bool) {
		for id := 1; id <= MaxID; id++ {
			if !yield(id, t[id]) {
				return
			}
		}
	}
}

// Self is the ID of the row that says "this instance": 0 with none, the lowest with several.
func (t Table) Self() int {
	for id, row := range t.Rows() {
		if row.Kind == Self {
			return id
		}
	}
	return 0
}

// Selves are the IDs of all rows that say "this instance"; a valid table has at most one.
func (t Table) Selves() []int { return t.idsOf(Self) }

// Peers are the IDs of the rows that have an address.
func (t Table) Peers() []int { return t.idsOf(Address) }

func (t Table) idsOf(kind Kind) []int {
	var ids []int
	for id, row := range t.Rows() {
		if row.Kind == kind {
			ids = append(ids, id)
		}
	}
	return ids
}

// State says how far a table is filled in. Whether it is valid is Check's matter.
type State uint8

// The states of a table.
const (
	Empty      State = iota // no row is set: not peered, and fine
	Incomplete              // addresses, but no row says "this instance": no tunnels
	Complete                // a row says "this instance"
)

// String is the state in lower case.
func (s State) String() string {
	switch s {
	case Empty:
		return "empty"
	case Incomplete:
		return "incomplete"
	default:
		return "complete"
	}
}

// State says how far the table is filled in.
func (t Table) State() State {
	switch {
	case t.Self() != 0:
		return Complete
	case len(t.Peers()) > 0:
		return Incomplete
	default:
		return Empty
	}
}

// MoveSelf makes id the row of this instance; every other row that said so becomes "not set". It
// fails only for an id outside 1…MaxID.
func MoveSelf(t Table, id int) (Table, error) {
	if !ValidID(id) {
		return t, badID(strconv.Itoa(id))
	}
	for _, old := range t.Selves() {
		t[old] = Row{}
	}
	t[id] = Row{Kind: Self}
	return t, nil
}

func badID(id string) error {
	return fmt.Errorf("%s is no controller ID: IDs are 1 to %d", id, MaxID)
}

// MarshalJSON writes an object of the rows that are set: {"1":"this instance","2":"10.0.2.10"}.
func (t Table) MarshalJSON() ([]byte, error) {
	rows := map[string]string{}
	for id, row := range t.Rows() {
		if row.Kind != NotSet {
			rows[strconv.Itoa(id)] = row.String()
		}
	}
	return json.Marshal(rows)
}

// UnmarshalJSON reads what MarshalJSON writes; rows that the object leaves out become "not set".
// With an error the table stays as it was.
func (t *Table) UnmarshalJSON(data []byte) error {
	var rows map[string]string
	if err := json.Unmarshal(data, &rows); err != nil {
		return fmt.Errorf("peering table: want an object of ID and row: %w", err)
	}
	keys := make([]string, 0, len(rows))
	for key := range rows {
		keys = append(keys, key)
	}
	sort.Strings(keys) // of several errors always the same one is told
	var read Table
	for _, key := range keys {
		id, err := ParseID(key)
		if err != nil {
			return fmt.Errorf("peering table: %w", err)
		}
		if read[id], err = ParseRow(rows[key]); err != nil {
			return fmt.Errorf("peering table: row %d: %w", id, err)
		}
	}
	*t = read
	return nil
}

// ParseID reads a controller ID, written without sign or leading zero.
func ParseID(text string) (int, error) {
	id, err := strconv.Atoi(text)
	if err != nil || !ValidID(id) || strconv.Itoa(id) != text {
		return 0, badID(strconv.Quote(text))
	}
	return id, nil
}
