package peering

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
)

// AddressError says why a text is not the address of a controller.
type AddressError struct {
	Text   string // what was given
	Reason string // what is wrong with it
	Remedy string // what to write instead
}

// Error is one line: text, reason, remedy.
func (e *AddressError) Error() string {
	return fmt.Sprintf("%q %s: %s", e.Text, e.Reason, e.Remedy)
}

const anAddress = "write an IP address or a DNS name"

// ParseAddress reads the address of a controller and returns it normalised: an IPv4 address; an IPv6
// address without brackets, as RFC 5952 writes it; or a host name by RFC 1123 in lower case, IDN as
// ASCII (RFC 5891), without the trailing dot. Errors are *AddressError.
func ParseAddress(text string) (string, error) {
	address, refused := parseAddress(text)
	if refused != nil {
		return "", refused
	}
	return address, nil
}

func parseAddress(text string) (string, *AddressError) {
	given := strings.TrimSpace(text)
	refuse := func(reason, remedy string) (string, *AddressError) {
		return "", &AddressError{Text: given, Reason: reason, Remedy: remedy}
	}
	switch {
	case given == "":
		return refuse("is empty", anAddress)
	case strings.Contains(given, "://") || strings.HasPrefix(given, "//"):
		return refuse("is a URL", "write only the host of it")
	case strings.Contains(given, "/"):
		return refuse("has a slash, as a subnet or a path has", "write the address of the one controller")
	case strings.Contains(given, "%"):
		return refuse("has a zone", "write an address that is reached without naming an interface")
	case strings.ContainsAny(given, " \t\r\n"):
		return refuse("has a space in it", anAddress)
	}
	if bare, ok := portOf(given); ok {
		return refuse("has a port", fmt.Sprintf("the ports are fixed (UDP 1194 + ID): write %s", bare))
	}
	if ip, err := netip.ParseAddr(unbracket(given)); err == nil {
		return normalIP(ip.Unmap(), refuse)
	}
	if strings.ContainsAny(given, "[]:") {
		return refuse("is not an IPv6 address", anAddress)
	}
	return normalName(given, refuse)
}

// unbracket takes the brackets from "[…]" where they hold an IPv6 address: "[10.0.0.1]" stays wrong.
func unbracket(s string) string {
	inner, ok := strings.CutPrefix(s, "[")
	if inner, closed := strings.CutSuffix(inner, "]"); ok && closed && strings.Contains(inner, ":") {
		return inner
	}
	return s
}

// portOf finds HOST:PORT and returns the HOST. An IPv6 address has no port without brackets.
func portOf(s string) (host string, ok bool) {
	host, port, found := cutLast(s, ":")
	if !found || host == "" || strings.Contains(host, ":") && !strings.HasSuffix(host, "]") {
		return "", false
	}
	_, err := strconv.ParseUint(port, 10, 32)
	return host, port == "" || err == nil
}

func cutLast(s, sep string) (before, after string, found bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// refusal makes the result of a parser that refuses its text.
type refusal func(reason, remedy string) (string, *AddressError)

func normalIP(ip netip.Addr, refuse refusal) (string, *AddressError) {
	const oneController = "write the address of one controller"
	switch {
	case ip.IsUnspecified():
		return refuse("is the unspecified address", oneController)
	case ip.IsMulticast():
		return refuse("is a multicast address", oneController)
	case ip == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return refuse("is the broadcast address", oneController)
	case ip.Is6() && ip.IsLinkLocalUnicast():
		return refuse("is a link-local address, which needs a zone", "write an address that is reached without naming an interface")
	}
	return ip.String(), nil
}

func normalName(given string, refuse refusal) (string, *AddressError) {
	name := strings.ToLower(strings.TrimSuffix(given, "."))
	if !isASCII(name) {
		ascii, err := idna.Lookup.ToASCII(name)
		if err != nil {
			return refuse("is not a valid international name", anAddress)
		}
		name = strings.TrimSuffix(ascii, ".")
	}
	if name == "self" || name == "none" {
		return refuse("is a word of the peering table", anAddress)
	}
	if len(name) > 253 {
		return refuse(fmt.Sprintf("is %d characters long, a name has at most 253", len(name)), anAddress)
	}
	labels := strings.Split(name, ".")
	for _, label := range labels {
		if reason := badLabel(label); reason != "" {
			return refuse(reason, anAddress)
		}
	}
	// What resolvers do with "10.0.1" differs: some read 10.0.0.1, as inet_aton(3) does.
	if isNumber(labels[len(labels)-1]) {
		return refuse("ends in a number, as only an IP address does, but is none", "write all four numbers of an IPv4 address, or a DNS name")
	}
	return name, nil
}

// badLabel says what RFC 1123, section 2.1, has against a label; nothing if it is good.
func badLabel(label string) string {
	switch {
	case label == "":
		return "has an empty part between its dots"
	case len(label) > 63:
		return fmt.Sprintf("has a part of %d characters, at most 63 are allowed", len(label))
	case label[0] == '-' || label[len(label)-1] == '-':
		return "has a part that begins or ends with a hyphen"
	}
	for _, c := range label {
		if !isDigit(c) && (c < 'a' || c > 'z') && c != '-' {
			return fmt.Sprintf("has the character %q, a host name has letters, digits and hyphens", c)
		}
	}
	return ""
}

// isNumber says whether a label reads as a number to inet_aton(3), decimal or hexadecimal.
func isNumber(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return strings.Trim(label, "0123456789") == ""
}

func isDigit(c rune) bool { return '0' <= c && c <= '9' }

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(c rune) bool { return c >= 0x80 }) < 0
}
