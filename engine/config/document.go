package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pelletier/go-toml/v2/unstable"
)

// span is a stretch of bytes from start up to and without end.
type span struct{ start, end int }

// item is a thing with a place in a document.
type item struct {
	path   []string // from the root; elements of arrays are named by their index
	whole  span     // key to value, or the parts of a header's key
	value  span     // of an assignment or element
	form   form
	header *item // section that the line stands in; nil: before the first header
	within *item // the inline table or array that holds it; nil: a line of its own
}

// form is what an item is.
type form uint8

const (
	header     form = iota // [table] or an element [[array]]
	assignment             // key = value
	element                // of an array
	comment                // a line that is nothing else
)

// document is the text of a TOML file with the places of what stands in it, in order. This file is the
// only one that knows the parser.
type document struct {
	data  []byte
	items []*item
	deep  *item // something nested too deeply; nil: there is nothing
}

// maxDepth bounds the length of a path; a configuration needs four parts.
const maxDepth = 16

// parseDocument finds the places of everything in TOML text without a byte order mark. With a Problem the
// document has what stands before it.
func parseDocument(data []byte) (*document, *Problem) {
	d := &document{data: data}
	p := unstable.Parser{KeepComments: true}
	p.Reset(data)
	counts := map[string]int{} // elements seen of each [[array]]
	var section *item
	for d.deep == nil && p.NextExpression() {
		switch e := p.Expression(); e.Kind {
		case unstable.Comment:
			d.items = append(d.items, &item{form: comment, whole: spanOf(e.Raw), header: section})
		case unstable.Table, unstable.ArrayTable:
			section = d.section(e, counts)
		case unstable.KeyValue:
			d.assignment(e, section, nil)
		}
	}
	if d.deep != nil {
		return d, syntaxProblem(data, d.deep.whole.start, "a key is nested too deeply")
	}
	var syntax *unstable.ParserError
	if errors.As(p.Error(), &syntax) {
		return d, syntaxProblem(data, int(p.Range(syntax.Highlight).Offset), syntax.Message)
	}
	return d, nil
}

// add adds an item, and says whether its path has a length that may be followed further.
func (d *document) add(i *item) bool {
	if len(i.path) > maxDepth {
		d.deep = i
		return false
	}
	d.items = append(d.items, i)
	return true
}

func spanOf(r unstable.Range) span {
	return span{int(r.Offset), int(r.Offset + r.Length)}
}

// section adds a header. Where its path leads through arrays, their newest element is meant.
func (d *document) section(e *unstable.Node, counts map[string]int) *item {
	section := &item{form: header}
	keys := e.Key()
	for first := true; len(section.path) <= maxDepth && keys.Next(); first = false {
		at := spanOf(keys.Node().Raw)
		if first {
			section.whole.start = at.start
		}
		section.whole.end = at.end
		section.path = append(section.path, string(keys.Node().Data))
		if n := counts[dotted(section.path)]; n > 0 && !keys.IsLast() {
			section.path = append(section.path, strconv.Itoa(n-1))
		}
	}
	if e.Kind == unstable.ArrayTable {
		name := dotted(section.path)
		section.path = append(section.path, strconv.Itoa(counts[name]))
		counts[name]++
	}
	d.add(section)
	return section
}

// assignment adds a key, its value and what stands inside the value.
func (d *document) assignment(e *unstable.Node, section, within *item) {
	a := &item{form: assignment, whole: spanOf(e.Raw), header: section, within: within}
	switch {
	case within != nil:
		a.path = slices.Clone(within.path)
	case section != nil:
		a.path = slices.Clone(section.path)
	}
	afterKey := a.whole.start
	for keys := e.Key(); keys.Next(); {
		a.path = append(a.path, string(keys.Node().Data))
		afterKey = spanOf(keys.Node().Raw).end
	}
	equals := afterKey + bytes.IndexByte(d.data[afterKey:], '=')
	a.value = span{d.skipSpace(equals + 1), a.whole.end}
	if d.add(a) {
		d.inside(e.Value(), a)
	}
}

// inside adds what stands inside an array or inline table.
func (d *document) inside(value *unstable.Node, holder *item) {
	children := value.Children()
	next := holder.value.start + 1
	for index := 0; d.deep == nil && children.Next(); {
		child := children.Node()
		switch {
		case child.Kind == unstable.Comment:
		case value.Kind == unstable.InlineTable:
			d.assignment(child, holder.header, holder)
		case value.Kind == unstable.Array:
			e := d.elementOf(child, holder, index, next)
			if d.add(e) {
				d.inside(child, e)
			}
			index, next = index+1, e.value.end
		}
	}
}

// elementOf makes the item of an element. The parser tells the range of values that are neither array nor
// inline table; the end of those is found behind their last child.
func (d *document) elementOf(child *unstable.Node, holder *item, index, next int) *item {
	at := spanOf(child.Raw)
	if child.Kind == unstable.Array || child.Kind == unstable.InlineTable {
		at.start = d.skipSeparators(next)
		at.end = d.skipSeparators(d.lastEnd(child, at.start+1)) + 1
	}
	return &item{
		form: element, path: append(slices.Clone(holder.path), strconv.Itoa(index)),
		whole: at, value: at, header: holder.header, within: holder,
	}
}

// lastEnd is where the last child of an array or inline table ends, or the given start.
func (d *document) lastEnd(node *unstable.Node, start int) int {
	children := node.Children()
	for children.Next() {
		switch child := children.Node(); child.Kind {
		case unstable.Comment:
		case unstable.Array, unstable.InlineTable:
			begin := d.skipSeparators(start)
			start = d.skipSeparators(d.lastEnd(child, begin+1)) + 1
		default:
			start = spanOf(child.Raw).end
		}
	}
	return start
}

// skipSpace is the first offset from at on that is neither space nor tab.
func (d *document) skipSpace(at int) int {
	for at < len(d.data) && (d.data[at] == ' ' || d.data[at] == '\t') {
		at++
	}
	return at
}

// skipBlank is the first offset from at on that is no white space, new line or comment.
func (d *document) skipBlank(at int) int {
	for at < len(d.data) {
		switch d.data[at] {
		case ' ', '\t', '\r', '\n':
			at++
		case '#':
			at = d.lineEnd(at)
		default:
			return at
		}
	}
	return at
}

// skipSeparators is like skipBlank and skips commas too.
func (d *document) skipSeparators(at int) int {
	for at = d.skipBlank(at); at < len(d.data) && d.data[at] == ','; {
		at = d.skipBlank(at + 1)
	}
	return at
}

// lineStart is the offset of the first byte of the line.
func (d *document) lineStart(at int) int {
	return bytes.LastIndexByte(d.data[:at], '\n') + 1
}

// lineEnd is the offset behind the line with its line break.
func (d *document) lineEnd(at int) int {
	if i := bytes.IndexByte(d.data[at:], '\n'); i >= 0 {
		return at + i + 1
	}
	return len(d.data)
}

// blank says whether a line is there at the offset and has nothing in it.
func (d *document) blank(lineStart int) bool {
	return lineStart >= 0 && lineStart < len(d.data) &&
		len(bytes.TrimSpace(d.data[lineStart:d.lineEnd(lineStart)])) == 0
}

// is says whether the item has the form and the path.
func (i *item) is(f form, path []string) bool { return i.form == f && slices.Equal(i.path, path) }

// below says whether the item's path begins with path.
func (i *item) below(path []string) bool {
	return len(i.path) >= len(path) && slices.Equal(i.path[:len(path)], path)
}

// find is the first item with the form and path; nil: there is none.
func (d *document) find(f form, path []string) *item {
	for _, i := range d.items {
		if i.is(f, path) {
			return i
		}
	}
	return nil
}

// opens is the byte that the value begins with.
func (d *document) opens(i *item) byte { return d.data[i.value.start] }

// place is where a path stands or, if it does not, what is nearest above it.
func (d *document) place(path []string) (line, column int) {
	for ; len(path) > 0; path = path[:len(path)-1] {
		for _, i := range d.items {
			if i.form != comment && i.below(path) {
				return lineColumn(d.data, i.whole.start)
			}
		}
	}
	return 0, 0
}

// keyName writes a path as people do: route.0.cidr is route[1].cidr.
func keyName(path []string) string {
	if len(path) > 1 && path[0] == routeKey {
		if i, err := strconv.Atoi(path[1]); err == nil {
			name := fmt.Sprintf("%s[%d]", routeKey, i+1)
			if len(path) > 2 {
				name += "." + dotted(path[2:])
			}
			return name
		}
	}
	return dotted(path)
}
