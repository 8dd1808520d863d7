package config

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// splice is text with a stretch of it replaced.
func (d *document) splice(at span, text string) []byte {
	return slices.Concat(d.data[:at.start], []byte(text), d.data[at.end:])
}

// newLine is the line break of the file.
func (d *document) newLine() string {
	if i := bytes.IndexByte(d.data, '\n'); i > 0 && d.data[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}

// set gives the key at path a value: in place where it stands, else where it belongs.
func (d *document) set(path []string, value any) []byte {
	if a := d.find(assignment, path); a != nil {
		return d.splice(a.value, encode(value, d.opens(a) == '\''))
	}
	table, name := path[:len(path)-1], path[len(path)-1]
	for above := table; len(above) > 0; above = above[:len(above)-1] {
		key := func(from int) string { return dotted(path[from:]) }
		if holder := d.inlineTable(above); holder != nil {
			return d.insertInline(holder, key(len(above))+" = "+encode(value, false))
		}
		if section := d.find(header, above); section != nil {
			return d.insertLine(section, path, key(len(above)), encode(value, false))
		}
		if last := d.lastDotted(above); last != nil {
			return d.insertAfter(last, key(len(last.sectionPath()))+" = "+encode(value, false))
		}
	}
	return d.appendSection("["+quoteKey(table[0])+"]", dotted(append(slices.Clone(table[1:]), name))+" = "+encode(value, false))
}

// inlineTable is the item whose value is an inline table with the path; nil: there is none.
func (d *document) inlineTable(path []string) *item {
	for _, f := range []form{assignment, element} {
		if i := d.find(f, path); i != nil && d.opens(i) == '{' {
			return i
		}
	}
	return nil
}

// lastDotted is the last line that defines the table at path by a dotted key; nil: there is none.
func (d *document) lastDotted(path []string) *item {
	var last *item
	for _, i := range d.items {
		if i.form == assignment && i.within == nil && i.below(path) && len(i.sectionPath()) < len(path) {
			last = i
		}
	}
	return last
}

// sectionPath is the path of the header above the item.
func (i *item) sectionPath() []string {
	if i.header == nil {
		return nil
	}
	return i.header.path
}

// insertInline adds an entry to an inline table or array, behind its last one.
func (d *document) insertInline(holder *item, entry string) []byte {
	last := d.lastWithin(holder)
	if last != nil {
		return d.splice(span{last.whole.end, last.whole.end}, ", "+entry)
	}
	begin := holder.value.start + 1
	if d.opens(holder) == '[' {
		return d.splice(span{begin, begin}, entry)
	}
	if d.data[begin] == ' ' {
		return d.splice(span{begin, begin}, " "+entry)
	}
	return d.splice(span{begin, begin}, " "+entry+" ")
}

func (d *document) lastWithin(holder *item) *item {
	var last *item
	for _, i := range d.items {
		if i.within == holder {
			last = i
		}
	}
	return last
}

// insertLine adds a key to a section: below the same key where it stands as a comment, else behind the
// last key that comes before it in the reference.
func (d *document) insertLine(section *item, path []string, key, value string) []byte {
	line := key + " = " + value
	asComment := regexp.MustCompile(`^#+[ \t]*` + regexp.QuoteMeta(key) + `[ \t]*=`)
	var first, last, before *item
	for _, i := range d.items {
		switch {
		case i.header != section || i.within != nil:
		case i.form == comment && asComment.Match(d.data[i.whole.start:i.whole.end]):
			return d.insertAfter(i, line)
		case i.form == assignment:
			if first == nil {
				first = i
			}
			last = i
			if rank(i.path) <= rank(path) {
				before = i
			}
		}
	}
	switch {
	case last == nil:
		return d.insertAt(d.sectionEnd(section), d.indent(section)+line)
	case before != nil:
		return d.insertAfter(before, line)
	case d.commentAbove(first): // which would seem to speak of the new key
		return d.insertAfter(last, line)
	default:
		at := d.lineStart(first.whole.start)
		return d.splice(span{at, at}, d.indent(first)+line+d.newLine())
	}
}

// rank is the place of a key in the reference.
func rank(path []string) int {
	for i, key := range schema {
		if at, ok := match(key.path, path); ok {
			id, _ := strconv.Atoi(at.name) // rows stand in the order of their IDs
			return i*100 + min(id, 99)
		}
	}
	return len(schema) * 100
}

func (d *document) commentAbove(i *item) bool {
	above := d.lineStart(i.whole.start) - 1
	if above < 0 {
		return false
	}
	line := bytes.TrimSpace(d.data[d.lineStart(above):above])
	return len(line) > 0 && line[0] == '#'
}

// indent is the white space that the item's line begins with.
func (d *document) indent(i *item) string {
	at := d.lineStart(i.whole.start)
	return string(d.data[at:d.skipSpace(at)])
}

// insertAfter adds a line below the line on which an item ends, indented like it unless it is a header.
func (d *document) insertAfter(i *item, line string) []byte {
	return d.insertAt(d.lineEnd(i.whole.end), d.indent(i)+line)
}

// insertAt adds a line at the start of a line or at the end of the file; a last line without a line break
// stays one.
func (d *document) insertAt(at int, line string) []byte {
	if at > 0 && d.data[at-1] != '\n' {
		return d.splice(span{at, at}, d.newLine()+line)
	}
	return d.splice(span{at, at}, line+d.newLine())
}

// appendSection adds a section at the end of the file, with an empty line above it.
func (d *document) appendSection(lines ...string) []byte {
	return d.insertSection(len(d.data), lines)
}

func (d *document) insertSection(at int, lines []string) []byte {
	text := strings.Join(lines, d.newLine())
	if at == 0 {
		return d.insertAt(at, text)
	}
	above := d.lineStart(at - 1)
	if d.data[at-1] != '\n' || !d.blank(above) {
		text = d.newLine() + text
	}
	if at < len(d.data) && !d.blank(at) {
		text += d.newLine()
	}
	return d.insertAt(at, text)
}

// unset removes everything at and below path. Headers stay: an empty table says nothing.
func (d *document) unset(path []string) ([]byte, bool) {
	for _, i := range d.items {
		if i.form == assignment && i.below(path) {
			return d.remove(i), true
		}
	}
	return d.data, false
}

// remove removes an item: with its line, or with its comma.
func (d *document) remove(i *item) []byte {
	if i.within == nil {
		return d.splice(span{d.lineStart(i.whole.start), d.lineEnd(i.whole.end)}, "")
	}
	var previous *item
	for _, other := range d.items {
		if other.within == i.within && other.whole.start < i.whole.start {
			previous = other
		}
	}
	comma := d.skipBlank(i.whole.end)
	switch {
	case d.data[comma] == ',' && !bytes.ContainsAny(d.data[i.whole.end:comma], "#\n"):
		return d.splice(span{i.whole.start, d.skipSpace(comma + 1)}, "")
	case d.data[comma] == ',':
		without := document{data: d.splice(span{comma, comma + 1}, "")}
		return without.splice(i.whole, "")
	case previous == nil:
		return d.splice(i.whole, "")
	}
	comma = d.skipBlank(previous.whole.end)
	if !bytes.Contains(d.data[comma:i.whole.start], []byte("#")) {
		return d.splice(span{comma, i.whole.end}, "")
	}
	without := document{data: d.splice(i.whole, "")}
	return without.splice(span{comma, comma + 1}, "")
}
