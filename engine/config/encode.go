package config

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vns3/peering"
)

// plainValue is a value as TOML decodes it: string, int64, bool or a list of strings.
func plainValue(value any) (any, error) {
	switch v := value.(type) {
	case string, int64, bool:
		return v, nil
	case int:
		return int64(v), nil
	case time.Duration:
		return showPeriod(v), nil
	case peering.Row:
		return v.String(), nil
	case netip.Addr:
		return showIP(v), nil
	case netip.Prefix:
		return showPrefix(v), nil
	case []string:
		items := make([]any, len(v))
		for i, s := range v {
			items[i] = s
		}
		return items, nil
	default:
		return nil, fmt.Errorf("a %T cannot be a value of the configuration", value)
	}
}

// encode writes a value as TOML, with literal quotes where they are liked and possible.
func encode(value any, literal bool) string {
	switch v := value.(type) {
	case string:
		if literal && !strings.ContainsFunc(v, func(c rune) bool { return c == '\'' || isControl(c) }) {
			return "'" + v + "'"
		}
		return quote(v)
	case []any:
		texts := make([]string, len(v))
		for i, item := range v {
			texts[i] = encode(item, literal)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	default:
		return fmt.Sprint(v)
	}
}

func isControl(c rune) bool { return c < ' ' || c == 0x7f }

// quote writes a basic string of TOML.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range strings.ToValidUTF8(s, "\uFFFD") {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case isControl(c):
			fmt.Fprintf(&b, `\u%04X`, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// quoteKey writes one part of a key, bare if it can be.
func quoteKey(part string) string {
	bare := part != "" && !strings.ContainsFunc(part, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '_'
	})
	if bare {
		return part
	}
	return quote(part)
}

// dotted writes a key of several parts.
func dotted(parts []string) string {
	quoted := make([]string, len(parts))
	for i, part := range parts {
		quoted[i] = quoteKey(part)
	}
	return strings.Join(quoted, ".")
}
