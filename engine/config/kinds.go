package config

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vns3/peering"
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

const maxLabel = 64

func parseLabel(s string) (string, *fault) {
	if n := len([]rune(s)); n > maxLabel {
		return "", refused(fmt.Sprintf("write at most %d", maxLabel), "is %d characters long", n)
	}
	if strings.ContainsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f }) {
		return "", refused("write plain text", "has a control character")
	}
	return s, nil
}

func parsePath(s string) (string, *fault) {
	if strings.ContainsRune(s, 0) {
		return "", refused("write a path", "has a zero byte")
	}
	return s, nil
}

func parseHost(s string) (string, *fault) {
	address, err := peering.ParseAddress(s)
	return address, addressFault(err)
}

func addressFault(err error) *fault {
	if bad, ok := err.(*peering.AddressError); ok {
		return refused(bad.Remedy, "%q %s", bad.Text, bad.Reason)
	}
	return nil
}

func parseRow(s string) (peering.Row, *fault) {
	row, err := peering.ParseRow(s)
	return row, addressFault(err)
}

func showRow(r peering.Row) string { return r.String() }

func parseIP(s string) (netip.Addr, *fault) {
	ip, err := netip.ParseAddr(s)
	switch {
	case err != nil:
		return ip, refused("write an IPv4 or IPv6 address", "is %q, not an IP address", s)
	case ip.IsUnspecified():
		return ip, refused("leave the key out to listen on all addresses", "is %s", s)
	case ip.IsMulticast() || ip.Zone() != "":
		return ip, refused("write an address of this machine", "is %s, not a unicast address without a zone", s)
	}
	return ip.Unmap(), nil
}

func showIP(ip netip.Addr) string {
	if !ip.IsValid() {
		return ""
	}
	return ip.String()
}

func parseGateway(s string) (netip.Addr, *fault) {
	ip, bad := parseIP(s)
	if bad == nil && !ip.Is4() {
		return ip, refused("write an IPv4 address", "is %s: the overlay carries IPv4", s)
	}
	return ip, bad
}

func parsePrefix(s string) (netip.Prefix, *fault) {
	p, err := netip.ParsePrefix(s)
	switch {
	case err != nil:
		return p, refused("write a subnet such as 192.168.10.0/24", "is %q, not a subnet", s)
	case !p.Addr().Is4():
		return p, refused("write an IPv4 subnet", "is %s: the overlay carries IPv4", s)
	case p != p.Masked():
		return p, refused("write "+p.Masked().String(), "is %s, which has bits set outside its mask", s)
	}
	return p, nil
}

func showPrefix(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return p.String()
}

func parseVerifier(s string) (string, *fault) {
	if _, err := note.NewVerifier(s); err != nil {
		return "", refused("copy the whole line that `vns3 license issue` printed", "is not a verifier key")
	}
	return s, nil
}

func parsePeriod(s string) (time.Duration, *fault) {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, refused("write a number with its unit, such as \"50ms\" or \"3s\"", "is %q, not a duration", s)
	}
	if d < 0 || d > time.Hour {
		return 0, refused("write a duration from 0s to 1h", "is %s", s)
	}
	return d, nil
}

// showPeriod writes whole seconds as such: "60s", not "1m0s".
func showPeriod(d time.Duration) string {
	if d%time.Second == 0 {
		return fmt.Sprintf("%ds", d/time.Second)
	}
	return d.String()
}

func parseEndpoint(s string) (string, *fault) {
	name, port, err := net.SplitHostPort(s)
	if err != nil || strings.Contains(port, "/") {
		return parseHost(s)
	}
	normal, bad := parseHost(name)
	if bad != nil {
		return "", bad
	}
	if !validPort(port, 1) {
		return "", refused("write a port from 1 to 65535", "has the port %q", port)
	}
	return net.JoinHostPort(normal, port), nil
}

func parseAPIListen(s string) (string, *fault) {
	const remedy = `write ":8000", or "10.0.1.10:8000" to listen on one address`
	name, port, err := net.SplitHostPort(s)
	if err != nil {
		return "", refused(remedy, "is %q, not an address and a port", s)
	}
	if name != "" {
		ip, err := netip.ParseAddr(name)
		if err != nil {
			return "", refused(remedy, "has the host %q, not an IP address", name)
		}
		name = ip.String()
	}
	if !validPort(port, 0) {
		return "", refused(remedy, "has the port %q", port)
	}
	return net.JoinHostPort(name, port), nil
}

// validPort says whether a text is a port; with a least of 0 also the one that means "any free one".
func validPort(s string, least int) bool {
	port, err := strconv.Atoi(s)
	return err == nil && least <= port && port <= 65535
}

// parseInterfaceName takes what the kernel takes: dev_valid_name in net/core/dev.c.
func parseInterfaceName(s string) (string, *fault) {
	if len(s) > 15 || s == "." || s == ".." || strings.ContainsAny(s, "/: \t\r\n\v\f") {
		return "", refused("write at most 15 characters without space, slash and colon", "is %q, not the name of an interface", s)
	}
	return s, nil
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
