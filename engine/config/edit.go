package config

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"vns3/peering"
)

// Change is one edit of a configuration file: made by Set, Unset, SetRows, AddRoute, SetRoute
// and RemoveRoute.
type Change struct {
	op    op
	path  []string
	value any
	route Route
	index int
}

type op uint8

const (
	opSet op = iota
	opUnset
	opAddRoute
	opRemoveRoute
)

// Set gives a key, written as in the schema ("tunnels.mtu", "peering.3"), a value: a string, bool, int,
// time.Duration, []string, peering.Row, netip.Addr or netip.Prefix.
func Set(key string, value any) Change {
	return Change{op: opSet, path: strings.Split(key, "."), value: value}
}

// Unset removes a key, or a table with all its keys, so that the default holds. What is not there is
// no error.
func Unset(key string) Change { return Change{op: opUnset, path: strings.Split(key, ".")} }

// SetRows are the changes that make the rows of the peering table with these IDs what the map says.
func SetRows(rows map[int]peering.Row) []Change {
	var changes []Change
	for _, id := range slices.Sorted(maps.Keys(rows)) {
		changes = append(changes, Set(peeringTable+"."+strconv.Itoa(id), rows[id]))
	}
	return changes
}

// AddRoute appends a route.
func AddRoute(route Route) Change { return Change{op: opAddRoute, route: route} }

// RemoveRoute removes the n-th route, counted from 0 as in Config.Routes, with the comments in it.
func RemoveRoute(n int) Change { return Change{op: opRemoveRoute, index: n} }

// SetRoute gives a key of the n-th route, counted from 0, a value.
func SetRoute(n int, key string, value any) Change {
	return Change{op: opSet, path: []string{routeKey, strconv.Itoa(n), key}, value: value}
}

// Edit applies changes to the bytes of a configuration file, in order, and keeps every byte outside
// what changes: comments, order, spacing, line breaks. The result is decoded again: if it is not what
// was asked for, or not a valid configuration (then the error is Problems), nothing is changed.
func Edit(data []byte, changes ...Change) ([]byte, error) {
	wanted, syntax := decodeRaw(data)
	if syntax != nil {
		return nil, Problems{*syntax}
	}
	text := bytes.TrimPrefix(data, []byte(byteOrderMark))
	mark := data[:len(data)-len(text)]
	for _, change := range changes {
		var err error
		if wanted, err = change.intend(wanted); err != nil {
			return nil, err
		}
		if text, err = change.apply(text); err != nil {
			return nil, err
		}
	}
	edited := slices.Concat(mark, text)
	got, syntax := decodeRaw(edited)
	if syntax != nil {
		return nil, fmt.Errorf("the edit would make the file unreadable: %s", syntax)
	}
	if !reflect.DeepEqual(prune(got), prune(wanted)) {
		return nil, errors.New("the file is written in a way that this edit would change more than asked for: edit it by hand")
	}
	if _, err := Parse(edited); err != nil {
		return nil, err
	}
	return edited, nil
}

// intend makes the change to what the file says.
func (c Change) intend(raw map[string]any) (map[string]any, error) {
	path, value, err := c.path, any(nil), error(nil)
	routes, _ := raw[routeKey].([]any)
	switch c.op {
	case opSet:
		if _, _, ok := lookUp(path); !ok {
			bad := unknown(path)
			return nil, Problems{{Key: keyName(path), Reason: bad.reason, Remedy: bad.remedy}}
		}
		if isUnsetRow(raw, c) {
			return raw, nil
		}
		if path[0] == routeKey && getRaw(raw, path[:2]) == nil {
			return nil, noRoute(path[:2])
		}
		value, err = plainValue(c.value)
	case opAddRoute:
		path, value = []string{routeKey}, append(slices.Clone(routes), c.route.raw())
	case opRemoveRoute:
		if c.index < 0 || c.index >= len(routes) {
			return nil, noRoute([]string{routeKey, strconv.Itoa(c.index)})
		}
		path, value = []string{routeKey}, slices.Delete(slices.Clone(routes), c.index, c.index+1)
	case opUnset:
		if getRaw(raw, path) == nil {
			return raw, nil
		}
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyName(path), err)
	}
	tree, err := setRaw(raw, path, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", keyName(path), err)
	}
	return tree.(map[string]any), nil
}

func noRoute(path []string) error { return fmt.Errorf("there is no %s", keyName(path)) }

// isUnsetRow says whether a change makes a row "not set" that the file does not have: nothing to write.
func isUnsetRow(raw map[string]any, c Change) bool {
	row, ok := c.value.(peering.Row)
	return ok && row.Kind == peering.NotSet && getRaw(raw, c.path) == nil
}

// apply makes the change to the text.
func (c Change) apply(text []byte) ([]byte, error) {
	raw, d, bad := decodeFile(text)
	if bad != nil {
		return nil, bad
	}
	switch c.op {
	case opSet:
		value, err := plainValue(c.value)
		if err != nil {
			return nil, err
		}
		if isUnsetRow(raw, c) || reflect.DeepEqual(getRaw(raw, c.path), value) {
			return text, nil
		}
		return d.set(c.path, value), nil
	case opAddRoute:
		return d.addRoute(c.route.pairs()), nil
	case opRemoveRoute:
		return d.removeRoute(c.index)
	default:
		return unsetAll(d, c.path)
	}
}

// unsetAll removes what is below path, one item after the other: each removal moves the rest.
func unsetAll(d *document, path []string) ([]byte, error) {
	for {
		text, removed := d.unset(path)
		if !removed {
			return text, nil
		}
		var bad *Problem
		if d, bad = parseDocument(text); bad != nil {
			return nil, bad
		}
	}
}

// pairs are the keys of a route that are not at their default, as TOML.
func (r Route) pairs() [][2]string {
	one := Config{Routes: []Route{r}}
	var pairs [][2]string
	for _, key := range schema {
		if name, ok := strings.CutPrefix(key.Name, routeKey+"[]."); ok {
			if value := key.show(one); value != key.Default {
				pairs = append(pairs, [2]string{name, value})
			}
		}
	}
	return pairs
}

// raw is the route as its pairs decode.
func (r Route) raw() map[string]any {
	var lines strings.Builder
	for _, pair := range r.pairs() {
		lines.WriteString(pair[0] + " = " + pair[1] + "\n")
	}
	raw, _ := decodeRaw([]byte(lines.String())) // pairs are TOML by construction
	return raw
}
