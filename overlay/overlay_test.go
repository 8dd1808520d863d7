package overlay

import (
	"net/netip"
	"strings"
	"testing"
)

// A subnet in which no host can have an address is refused, laid out by us or by somebody else: it would
// be set for good.
func TestUnusableSubnet(t *testing.T) {
	for subnet, want := range map[string]string{
		"224.0.0.0/24": "multicast", "127.9.0.0/16": "never leaves a machine", "0.0.0.0/0": "no host addresses", "169.254.7.0/24": "one link",
		"250.0.0.0/24": "reserved", "2001:db8::/64": "IPv4",
	} {
		prefix := netip.MustParsePrefix(subnet)
		if _, err := Default(prefix, 2, 2); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", subnet, err, want)
		}
		if err := (Parameters{Subnet: prefix}).Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s, not by us: %v, want %q", subnet, err, want)
		}
	}
	if p, err := Default(netip.MustParsePrefix("100.127.252.0/22"), 9, 1000); err != nil || p.Validate() != nil {
		t.Error(err, p.Validate())
	}
}
