package config

import (
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"
)

// fault says why a value is refused and what to write instead.
type fault struct{ reason, remedy string }

func refused(remedy, reason string, args ...any) *fault {
	return &fault{fmt.Sprintf(reason, args...), remedy}
}

// kind is a type of values: how people call it, how it is read from what TOML decodes to, and how it is
// written as TOML. Written empty, it is not set.
type kind[T any] struct {
	name  string
	read  func(any) (T, *fault)
	write func(T) string
}

// text is a kind of values that stand as strings in the file; an empty string is the zero value.
func text[T any](name string, parse func(string) (T, *fault), show func(T) string) kind[T] {
	return kind[T]{
		name: name,
		read: func(value any) (T, *fault) {
			var zero T
			s, ok := value.(string)
			if !ok {
				return zero, refused("write it in quotes", "is %s, not a string", typeName(value))
			}
			if s == "" {
				return zero, nil
			}
			return parse(s)
		},
		write: func(v T) string {
			if s := show(v); s != "" {
				return quote(s)
			}
			return ""
		},
	}
}

// list is an array of values that stand as strings.
func list[T any](element kind[T]) kind[[]T] {
	return kind[[]T]{
		name: "list of " + element.name + "s",
		read: func(value any) ([]T, *fault) {
			items, ok := value.([]any)
			if !ok {
				return nil, refused("write [\"…\", \"…\"]", "is %s, not a list", typeName(value))
			}
			var values []T
			for i, item := range items {
				v, bad := element.read(item)
				if bad == nil && item == "" {
					bad = refused("leave it out", "is empty")
				}
				if bad != nil {
					bad.reason = fmt.Sprintf("entry %d %s", i+1, bad.reason)
					return nil, bad
				}
				values = append(values, v)
			}
			return values, nil
		},
		write: func(values []T) string {
			if len(values) == 0 {
				return ""
			}
			texts := make([]string, len(values))
			for i, v := range values {
				texts[i] = element.write(v)
			}
			return "[" + strings.Join(texts, ", ") + "]"
		},
	}
}

func same(s string) string { return s }

var (
	label   = text("string", parseLabel, same)
	path    = text("path", parsePath, same)
	host    = text("host", parseHost, same)
	address = text("IP address", parseIP, showIP)
	gateway = text("IPv4 address", parseGateway, showIP)
	prefix  = text("subnet", parsePrefix, showPrefix)
	trusted = text("verifier key", parseVerifier, same)
	period  = text("duration", parsePeriod, showPeriod)

	endpoint      = text("HOST[:PORT]", parseEndpoint, same)
	apiListen     = text("[IP]:PORT", parseAPIListen, same)
	interfaceName = text("string", parseInterfaceName, same)
	overlayDevice = text(`"auto", "off" or a name`, parseInterfaceName, same)
	peeringRow    = text("row", parseRow, showRow)

	boolean = kind[bool]{
		name: "boolean",
		read: func(value any) (bool, *fault) {
			b, ok := value.(bool)
			if !ok {
				return false, refused("write true or false, without quotes", "is %s, not a boolean", typeName(value))
			}
			return b, nil
		},
		write: strconv.FormatBool,
	}
	mtu    = integer(MinMTU, MaxMTU)
	metric = integer(0, 1<<31-1)
	level  = oneOf(map[string]slog.Level{
		"debug": slog.LevelDebug, "info": slog.LevelInfo, "warn": slog.LevelWarn, "error": slog.LevelError,
	})
)

// integer is a whole number from least to most.
func integer(least, most int) kind[int] {
	return kind[int]{
		name: "integer",
		read: func(value any) (int, *fault) {
			remedy := fmt.Sprintf("write a whole number from %d to %d", least, most)
			n, ok := value.(int64)
			if !ok {
				return 0, refused(remedy, "is %s, not an integer", typeName(value))
			}
			if n < int64(least) || n > int64(most) {
				return 0, refused(remedy, "is %d", n)
			}
			return int(n), nil
		},
		write: strconv.Itoa,
	}
}

// oneOf is a choice between words; the words stand for the values.
func oneOf[T comparable](words map[string]T) kind[T] {
	var choices []string
	for word := range words {
		choices = append(choices, quote(word))
	}
	slices.Sort(choices)
	name := strings.Join(choices[:len(choices)-1], ", ") + " or " + choices[len(choices)-1]
	return text(name,
		func(s string) (T, *fault) {
			v, ok := words[s]
			if !ok {
				return v, refused("write "+name, "is %q", s)
			}
			return v, nil
		},
		func(v T) string {
			for word, value := range words {
				if value == v {
					return word
				}
			}
			return ""
		})
}

// choice is a choice between words that stand for themselves.
func choice(words ...string) kind[string] {
	all := map[string]string{}
	for _, word := range words {
		all[word] = word
	}
	return oneOf(all)
}

// typeName is what people call a value that TOML decoded.
func typeName(value any) string {
	switch value.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a number with a fraction"
	case bool:
		return "a boolean"
	case time.Time:
		return "a date"
	case []any:
		return "a list"
	default:
		return "a table"
	}
}
