package peering

import "fmt"

// Change is a row that is not the same in two tables.
type Change struct {
	ID       int
	From, To Row
}

// Diff is what becomes different when a is replaced by b, in order of the rows.
func Diff(a, b Table) []Change {
	var changes []Change
	for id := range a.Rows() {
		if a[id] != b[id] {
			changes = append(changes, Change{ID: id, From: a[id], To: b[id]})
		}
	}
	return changes
}

// String is the change and what it means for the tunnels.
func (c Change) String() string {
	return fmt.Sprintf("row %d: %s → %s: %s", c.ID, c.From, c.To, c.effect())
}

func (c Change) effect() string {
	switch {
	case c.To.Kind == Self:
		return fmt.Sprintf("this controller becomes controller %d; the others must list it as that", c.ID)
	case c.From.Kind == Self && c.To.Kind == NotSet:
		return fmt.Sprintf("this controller is no longer controller %d", c.ID)
	case c.From.Kind == Self:
		return fmt.Sprintf("another controller is controller %d now", c.ID)
	case c.From.Kind == NotSet:
		return fmt.Sprintf("a tunnel to controller %d starts; it must list this controller too", c.ID)
	case c.To.Kind == NotSet:
		return fmt.Sprintf("the tunnel to controller %d ends; it still lists this controller until it is removed there too", c.ID)
	default:
		return fmt.Sprintf("the tunnel to controller %d goes to the new address", c.ID)
	}
}
