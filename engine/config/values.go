package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"

	"vns3/peering"
)

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
