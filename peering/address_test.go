package peering

import (
	"errors"
	"strings"
	"testing"
)

// What an address may be, and how it is written afterwards.
func TestParseAddressNormalises(t *testing.T) {
	label := strings.Repeat("a", 63)
	for text, want := range map[string]string{
		"10.0.2.10":                        "10.0.2.10",
		"  10.0.2.10\t":                    "10.0.2.10",
		"127.0.0.12":                       "127.0.0.12",
		"2001:db8::1":                      "2001:db8::1",
		"2001:DB8:0:0::1":                  "2001:db8::1",
		"[2001:db8::1]":                    "2001:db8::1",
		"::ffff:10.0.2.10":                 "10.0.2.10",
		"[::ffff:a00:20a]":                 "10.0.2.10",
		"fd00::1":                          "fd00::1",
		"vns3-2.example.net":               "vns3-2.example.net",
		"VNS3-2.Example.NET":               "vns3-2.example.net",
		"vns3-2.example.net.":              "vns3-2.example.net",
		"localhost":                        "localhost",
		"a":                                "a",
		"3com.com":                         "3com.com",
		"ec2-203-0-113-25.compute-1.a.com": "ec2-203-0-113-25.compute-1.a.com",
		"r3---sn.example":                  "r3---sn.example",
		"1.2.3.4a":                         "1.2.3.4a",
		"0x1g":                             "0x1g",
		"münchen.example":                  "xn--mnchen-3ya.example",
		"MÜNCHEN.example":                  "xn--mnchen-3ya.example",
		"münchen。example。":                 "xn--mnchen-3ya.example",
		"xn--mnchen-3ya.example":           "xn--mnchen-3ya.example",
		label + ".example":                 label + ".example",
	} {
		got, err := ParseAddress(text)
		if err != nil || got != want {
			t.Errorf("ParseAddress(%q) = %q, %v; want %q", text, got, err, want)
		}
	}
}

// What an address may not be, each with its own reason.
func TestParseAddressRefuses(t *testing.T) {
	for text, reason := range map[string]string{
		"":                              "empty",
		"  ":                            "empty",
		"https://10.0.2.10":             "a URL",
		"//10.0.2.10":                   "a URL",
		"10.0.2.0/24":                   "a slash",
		"example.net/x":                 "a slash",
		"fe80::1%eth0":                  "a zone",
		"[fe80::1%25eth0]":              "a zone",
		"fe80::1":                       "link-local",
		"two words":                     "a space",
		"10.0.2.10:1195":                "a port",
		"10.0.2.10:":                    "a port",
		"[2001:db8::1]:1195":            "a port",
		"example.net:8000":              "a port",
		"example.net:70000":             "a port",
		"0.0.0.0":                       "unspecified",
		"::":                            "unspecified",
		"[::]":                          "unspecified",
		"::ffff:0.0.0.0":                "unspecified",
		"224.0.0.1":                     "multicast",
		"ff02::1":                       "multicast",
		"255.255.255.255":               "broadcast",
		"10.0.1":                        "ends in a number",
		"10":                            "ends in a number",
		"1.2.3.4.5":                     "ends in a number",
		"256.1.1.1":                     "ends in a number",
		"10.0.0.01":                     "ends in a number",
		"10.0.0.1.":                     "ends in a number",
		"0x7f000001":                    "ends in a number",
		"example.0x":                    "ends in a number",
		"１０.0.0.1":                      "ends in a number",
		"example.net:http":              "not an IPv6 address",
		"2001:db8:::1":                  "not an IPv6 address",
		"[2001:db8::1":                  "not an IPv6 address",
		"[10.0.2.10]":                   "not an IPv6 address",
		"[]":                            "not an IPv6 address",
		":":                             "not an IPv6 address",
		"a..b":                          "an empty part",
		".":                             "an empty part",
		".example":                      "an empty part",
		"example.net..":                 "an empty part",
		"-a.example":                    "hyphen",
		"a-.example":                    "hyphen",
		"vns3_2.example":                `'_'`,
		"user@example.net":              `'@'`,
		"a\x00b":                        `'\x00'`,
		strings.Repeat("a", 64):         "a part of 64",
		strings.Repeat("a.", 127) + "a": "255 characters",
		"a\u200db.example":              "international",
		"\xff.example":                  "international",
		"self.":                         "a word of the peering table",
		"None":                          "a word of the peering table",
	} {
		got, err := ParseAddress(text)
		var refused *AddressError
		if !errors.As(err, &refused) {
			t.Errorf("ParseAddress(%q) = %q, %v; want an AddressError", text, got, err)
			continue
		}
		if got != "" || !strings.Contains(refused.Reason, reason) || refused.Remedy == "" {
			t.Errorf("ParseAddress(%q): %v; want a reason with %q", text, refused, reason)
		}
	}
}

// The error about a port tells what to write, and that ports are fixed.
func TestPortErrorNamesTheHost(t *testing.T) {
	_, err := ParseAddress("[2001:db8::1]:1195")
	want := `"[2001:db8::1]:1195" has a port: the ports are fixed (UDP 1194 + ID): write [2001:db8::1]`
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

// The words of a row are read in any case, and anything else is an address.
func TestParseRow(t *testing.T) {
	for text, want := range map[string]Row{
		"this instance": {Kind: Self},
		"This Instance": {Kind: Self},
		" SELF ":        {Kind: Self},
		"not set":       {},
		"None":          {},
		"":              {},
		"10.0.2.10":     {Kind: Address, Address: "10.0.2.10"},
		"A.example.":    {Kind: Address, Address: "a.example"},
	} {
		if got, err := ParseRow(text); err != nil || got != want {
			t.Errorf("ParseRow(%q) = %v, %v; want %v", text, got, err, want)
		}
	}
	if _, err := ParseRow("this  instance"); err == nil {
		t.Error("a misspelt word was taken")
	}
}

// A refused text leaves the row as it was.
func TestUnmarshalTextKeepsRowOnError(t *testing.T) {
	row := Row{Kind: Address, Address: "a.example"}
	if err := row.UnmarshalText([]byte("a:1")); err == nil || row.Address != "a.example" {
		t.Errorf("got %v, %v", row, err)
	}
}

// No text makes ParseAddress panic; what it returns it returns again, and a row keeps it.
func FuzzParseAddress(f *testing.F) {
	for _, seed := range []string{"10.0.2.10", "[2001:db8::1]:1195", "münchen.example。", "a..b", "0x7f.1", "self.", "::ffff:1.2.3.4", "xn--a", "fe80::1%eth0"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		address, err := ParseAddress(text)
		if err != nil {
			return
		}
		if again, err := ParseAddress(address); err != nil || again != address {
			t.Errorf("ParseAddress(%q) = %q, but ParseAddress of that = %q, %v", text, address, again, err)
		}
		row := Row{Kind: Address, Address: address}
		if again, err := ParseRow(row.String()); err != nil || again != row {
			t.Errorf("row %v reads as %v, %v", row, again, err)
		}
	})
}
