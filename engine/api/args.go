package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// kind is the type of an argument.
type kind uint8

const (
	text    kind = iota
	integer      // a number, or a string that reads as one
	boolean      // true, or a string that reads as one
	ignored      // of the product, without a meaning here: anything
)

func (k kind) String() string {
	return [...]string{"a string", "an integer", "true or false", "anything"}[k]
}

// arg is an argument that a route takes.
type arg struct {
	name     string
	kind     kind
	required bool
	min, max int    // of an integer; both 0: any
	about    string // what it means
	bad      string // the message when it is wrong or missing; empty: made from the name
}

// notSet is what clients write and read for a field that is not set.
const notSet = "_notset"

// maxText bounds a text argument, in bytes.
const maxText = 64 << 10

// args are the arguments of a call, of the types that the route names: string, int or bool.
type args map[string]any

func (a args) text(name string) string { s, _ := a[name].(string); return s }

func (a args) int(name string) int { n, _ := a[name].(int); return n }

func (a args) bool(name string, otherwise bool) bool {
	if b, ok := a[name].(bool); ok {
		return b
	}
	return otherwise
}

func (a args) has(name string) bool { _, ok := a[name]; return ok }

// flag is nil where the argument is not given.
func (a args) flag(name string) *bool {
	if b, ok := a[name].(bool); ok {
		return &b
	}
	return nil
}

// readBody reads a request's body within the limits.
func readBody(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLarge *http.MaxBytesError
	var slow net.Error
	switch {
	case err == nil:
		return body, nil
	case errors.As(err, &tooLarge):
		return nil, fail(http.StatusRequestEntityTooLarge, badRequest, "The body is larger than 1 MiB")
	case errors.As(err, &slow) && slow.Timeout():
		return nil, fail(http.StatusRequestTimeout, badRequest, "The body did not arrive in time")
	}
	return nil, fail(http.StatusBadRequest, badRequest, "The body did not arrive whole")
}

// parseArgs reads the arguments of a route from query string, body and path. The path wins over the
// body, the body over the query string.
func parseArgs(known []arg, r *http.Request, body []byte, path map[string]string) (args, error) {
	given := map[string]any{}
	for name, values := range r.URL.Query() {
		given[name] = values[len(values)-1]
	}
	if err := addObject(given, body); err != nil {
		return nil, err
	}
	for name, value := range path {
		given[name] = value
	}
	return typed(known, given)
}

func addObject(given map[string]any, body []byte) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || bytes.Equal(body, []byte("null")) {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return fail(http.StatusBadRequest, badRequest, "The body is not a JSON object")
	}
	if d.More() {
		return fail(http.StatusBadRequest, badRequest, "The body is more than one JSON object")
	}
	for name, value := range object {
		given[name] = value
	}
	return nil
}

// typed checks the arguments against what the route knows. The first wrong one in the route's order is
// reported, so that equal requests get equal answers.
func typed(known []arg, given map[string]any) (args, error) {
	out := args{}
	for _, a := range known {
		value, ok := given[a.name]
		delete(given, a.name)
		if !ok || value == nil || value == notSet {
			if a.required {
				return nil, invalid("%s", orElse(a.bad, a.name+" is missing"))
			}
			continue
		}
		if a.kind == ignored {
			continue
		}
		v, ok := convert(a, value)
		if !ok {
			return nil, invalid("%s", orElse(strings.ReplaceAll(a.bad, "{}", fmt.Sprint(value)), a.name+" must be "+a.want()))
		}
		out[a.name] = v
	}
	if len(given) > 0 {
		names := make([]string, 0, len(given))
		for name := range given {
			names = append(names, name)
		}
		return nil, invalid("%.100q is not an argument of this call", slices.Min(names))
	}
	return out, nil
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

func (a arg) want() string {
	if a.kind == integer && a.max != 0 {
		return fmt.Sprintf("an integer between %s and %s", thousands(a.min), thousands(a.max))
	}
	return a.kind.String()
}

// convert reads a JSON value, or a string, as what the argument is.
func convert(a arg, value any) (any, bool) {
	switch a.kind {
	case integer:
		n, ok := toInt(value)
		if a.max != 0 && (n < a.min || n > a.max) {
			return nil, false
		}
		return n, ok
	case boolean:
		if b, ok := value.(bool); ok {
			return b, true
		}
		s, _ := value.(string)
		switch strings.ToLower(strings.TrimSpace(s)) {
		case "true", "1", "yes", "on":
			return true, true
		case "false", "0", "no", "off":
			return false, true
		}
		return nil, false
	}
	s, ok := value.(string)
	return s, ok && len(s) <= maxText
}

func toInt(value any) (int, bool) {
	var digits string
	switch v := value.(type) {
	case json.Number:
		digits = v.String()
	case string:
		digits = strings.TrimSpace(v)
	}
	if n, err := strconv.ParseInt(digits, 10, 32); err == nil {
		return int(n), true
	}
	f, err := strconv.ParseFloat(digits, 64) // "2.0" and 2e0 are integers too
	if err != nil || f != math.Trunc(f) || math.Abs(f) > math.MaxInt32 {
		return 0, false
	}
	return int(f), true
}

// thousands writes 4800 as "4,800", as the product's messages do.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
