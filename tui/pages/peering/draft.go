package peering

import "vns3/peering"

// draft is the peering table as edited here, beside what it was edited from.
type draft struct {
	base    peering.Table // what runs, as far as this draft has seen
	table   peering.Table
	version string                  // of the file that base was read from
	theirs  [peering.MaxID + 1]bool // rows that somebody else changed while they were edited here
}

// changed says that the row is not as it runs.
func (d *draft) changed(id int) bool { return d.table[id] != d.base[id] }

// rows are the IDs of the rows that were edited.
func (d *draft) rows() []int {
	var ids []int
	for id := range d.table.Rows() {
		if d.changed(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (d *draft) set(id int, row peering.Row) {
	d.table[id] = row
	if !d.changed(id) {
		d.theirs[id] = false
	}
}

// undo takes back the edit of one row.
func (d *draft) undo(id int) { d.set(id, d.base[id]) }

// undoAll takes back all edits.
func (d *draft) undoAll() {
	d.table = d.base
	d.theirs = [peering.MaxID + 1]bool{}
}

// saved takes over rows that run now because they were saved from here. What was edited since stays.
func (d *draft) saved(rows map[int]peering.Row) {
	for id, row := range rows {
		d.base[id], d.theirs[id] = row, false
	}
}

// rebase takes over what runs now. Rows edited here stay as edited; those that somebody else changed
// to something else meanwhile are marked. It returns the rows that somebody else changed.
func (d *draft) rebase(running peering.Table, version string) []int {
	var news []int
	for id := range running.Rows() {
		if running[id] == d.base[id] {
			continue
		}
		news = append(news, id)
		if !d.changed(id) {
			d.table[id] = running[id]
		} else {
			d.theirs[id] = d.table[id] != running[id]
		}
	}
	d.base, d.version = running, version
	return news
}
