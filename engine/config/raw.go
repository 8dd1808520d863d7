package config

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/BurntSushi/toml"
)

// A raw file is what the file says, before anything of it is judged: tables are map[string]any, arrays
// []any, values string, int64, float64, bool and time.Time.

const byteOrderMark = "\xef\xbb\xbf"

// decodeRaw reads TOML. Its error is the Problem of the first place that is no TOML.
func decodeRaw(data []byte) (map[string]any, *Problem) {
	raw, _, bad := decodeFile(data)
	return raw, bad
}

// decodeFile is decodeRaw with the places of what was read. With a Problem the document has what stands
// before it.
func decodeFile(data []byte) (map[string]any, *document, *Problem) {
	text := bytes.TrimPrefix(data, []byte(byteOrderMark))
	if !utf8.Valid(text) {
		return nil, &document{data: text}, &Problem{Reason: "the file is not UTF-8 text", Remedy: "save it as UTF-8"}
	}
	// First, because it bounds the nesting that the decoder would follow to any depth.
	places, bad := parseDocument(text)
	if bad != nil {
		return nil, places, bad
	}
	raw := map[string]any{}
	if _, err := toml.Decode(string(text), &raw); err != nil {
		var syntax toml.ParseError
		if errors.As(err, &syntax) {
			return nil, places, syntaxProblem(text, syntax.Position.Start, syntax.Message)
		}
		return nil, places, syntaxProblem(text, 0, err.Error())
	}
	return plainTree(raw).(map[string]any), places, nil
}

// syntaxProblem is what is wrong at an offset of the text.
func syntaxProblem(text []byte, offset int, reason string) *Problem {
	line, column := lineColumn(text, min(max(offset, 0), len(text)))
	return &Problem{Line: line, Column: column, Reason: reason, Remedy: "correct the line"}
}

// plainTree gives every array the one type []any.
func plainTree(value any) any {
	switch v := value.(type) {
	case map[string]any:
		for key, item := range v {
			v[key] = plainTree(item)
		}
	case []map[string]any:
		items := make([]any, len(v))
		for i, item := range v {
			items[i] = plainTree(item)
		}
		return items
	case []any:
		for i, item := range v {
			v[i] = plainTree(item)
		}
	}
	return value
}

// lineColumn returns the place of an offset, both from 1, the column in characters.
func lineColumn(data []byte, offset int) (line, column int) {
	before := data[:offset]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}

// setRaw puts a value into a raw file; nil removes what is there. Paths name elements of arrays by their
// index.
func setRaw(tree any, path []string, value any) (any, error) {
	if len(path) == 0 {
		return value, nil
	}
	switch container := tree.(type) {
	case nil:
		if value == nil {
			return nil, nil
		}
		return setRaw(map[string]any{}, path, value)
	case map[string]any:
		child, err := setRaw(container[path[0]], path[1:], value)
		if err != nil {
			return nil, err
		}
		if child == nil {
			delete(container, path[0])
		} else {
			container[path[0]] = child
		}
		return container, nil
	case []any:
		return setElement(container, path, value)
	default:
		return nil, errors.New("it would stand below a value, not in a table")
	}
}

func setElement(array []any, path []string, value any) (any, error) {
	i, err := strconv.Atoi(path[0])
	if err != nil || i < 0 || i >= len(array) {
		return nil, fmt.Errorf("there is no element %s", path[0])
	}
	child, err := setRaw(array[i], path[1:], value)
	if err != nil {
		return nil, err
	}
	if child == nil {
		return slices.Delete(array, i, i+1), nil
	}
	array[i] = child
	return array, nil
}

// getRaw is the value at a path; nil: there is none.
func getRaw(tree any, path []string) any {
	for _, part := range path {
		switch container := tree.(type) {
		case map[string]any:
			tree = container[part]
		case []any:
			i, err := strconv.Atoi(part)
			if err != nil || i < 0 || i >= len(container) {
				return nil
			}
			tree = container[i]
		default:
			return nil
		}
	}
	return tree
}

// prune removes tables without content and an empty array of routes, which say nothing; elements of arrays
// stay.
func prune(tree map[string]any) map[string]any {
	for key, value := range tree {
		switch v := value.(type) {
		case map[string]any:
			if len(prune(v)) == 0 {
				delete(tree, key)
			}
		case []any:
			if len(v) == 0 && key == routeKey {
				delete(tree, key)
			}
			for _, item := range v {
				if table, ok := item.(map[string]any); ok {
					prune(table)
				}
			}
		}
	}
	return tree
}
