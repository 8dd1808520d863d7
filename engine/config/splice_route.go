package config

import (
	"bytes"
	"strconv"
	"strings"
)

// addRoute appends a route: behind the last one, in the form that the file uses.
func (d *document) addRoute(pairs [][2]string) []byte {
	entries := make([]string, len(pairs))
	for i, pair := range pairs {
		entries[i] = pair[0] + " = " + pair[1]
	}
	if array := d.find(assignment, []string{routeKey}); array != nil {
		return d.insertInline(array, "{ "+strings.Join(entries, ", ")+" }")
	}
	lines := append([]string{"[[" + routeKey + "]]"}, entries...)
	var last *item
	for _, i := range d.items {
		if i.form == header && i.path[0] == routeKey {
			last = i
		}
	}
	if last == nil {
		return d.appendSection(lines...)
	}
	return d.insertSection(d.sectionEnd(last), lines)
}

// removeRoute removes the n-th route.
func (d *document) removeRoute(n int) ([]byte, error) {
	path := []string{routeKey, strconv.Itoa(n)}
	if inline := d.find(element, path); inline != nil {
		return d.remove(inline), nil
	}
	section := d.find(header, path)
	if section == nil {
		return nil, noRoute(path)
	}
	at := span{d.lineStart(section.whole.start), d.sectionEnd(section)}
	above := d.lineStart(max(at.start-1, 0))
	switch blankAbove := at.start == 0 || d.blank(above); {
	case blankAbove && d.blank(at.end):
		at.end = d.lineEnd(at.end)
	case blankAbove && at.end == len(d.data) && at.start > 0:
		at.start = above
	}
	return d.splice(at, ""), nil
}

// sectionEnd is where a section ends: behind its last line and the comments that follow it at once,
// unless these stand right above the next section and so belong to that.
func (d *document) sectionEnd(section *item) int {
	end := d.lineEnd(section.whole.end)
	next := len(d.data)
	for _, i := range d.items {
		switch {
		case i.form == assignment && i.header == section:
			end = max(end, d.lineEnd(i.whole.end))
		case i.form == header && i.whole.start > section.whole.start:
			next = min(next, d.lineStart(i.whole.start))
		}
	}
	withComments := end
	for withComments < next && bytes.HasPrefix(d.data[d.skipSpace(withComments):], []byte("#")) {
		withComments = d.lineEnd(withComments)
	}
	if withComments == next && next < len(d.data) {
		return end
	}
	return withComments
}
