package license

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"vns3/overlay"
)

var (
	now    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	subnet = netip.MustParsePrefix("172.31.1.0/24")
)

// signer signs the licenses of a test.
type signer struct{ key, verifier string }

func newSigner(t testing.TB, name string) signer {
	t.Helper()
	key, verifier, err := GenerateSigner(name)
	if err != nil {
		t.Fatal(err)
	}
	return signer{key, verifier}
}

func (s signer) issue(t testing.TB, terms Terms) string {
	t.Helper()
	text, err := Issue(terms, s.key)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// terms are those of the VNS3 documents' example: 4 controllers, 50 clientpacks.
func terms() Terms {
	return Terms{Topology: "Acme overlay", Controllers: 4, Clientpacks: 50, Expires: now.AddDate(1, 0, 0), Subnet: subnet}
}

// customTerms have addresses of their own, clients in two ranges and one alone.
func customTerms() Terms {
	t := terms()
	t.Controllers, t.Clientpacks = 2, 4
	addr := netip.MustParseAddr
	t.Default = overlay.Parameters{
		Subnet: subnet, VIP: addr("172.31.1.1"),
		Controllers: []overlay.Controller{{ID: 1, Address: addr("172.31.1.2"), ASN: 65100}, {ID: 2, Address: addr("172.31.1.3"), ASN: 65200}},
		Clients:     []netip.Addr{addr("172.31.1.20"), addr("172.31.1.21"), addr("172.31.1.10"), addr("172.31.1.12")},
	}
	return t
}

// Proves that a license says what was issued, and reads as the package doc shows.
func TestIssueAndParse(t *testing.T) {
	acme := newSigner(t, "acme")
	text := acme.issue(t, terms())
	head := "vns3 license 1\ntopology: Acme overlay\ncontrollers: 4\nclientpacks: 50\nexpires: 2027-11-23T12:00:00Z\nsubnet: 172.31.1.0/24\nverifier: acme+"
	if !strings.HasPrefix(text, head) {
		t.Errorf("issued\n%s\nwant it to begin\n%s", text, head)
	}
	l, err := Parse(text, []string{acme.verifier})
	if err != nil {
		t.Fatal(err)
	}
	layout, err := overlay.Default(subnet, 4, 50)
	if err != nil {
		t.Fatal(err)
	}
	want := License{Terms: terms(), Signer: "acme", Verifier: acme.verifier, SHA1: sha1Hex(text), Text: text}
	want.Default = layout
	if !reflect.DeepEqual(l, want) {
		t.Errorf("parsed %+v, want %+v", l, want)
	}
	if windows, err := Parse(strings.ReplaceAll(text, "\n", "\r\n")+"\r\n", nil); err != nil || windows.Text != text {
		t.Errorf("with CR LF: %v", err)
	}
	custom, err := Parse(acme.issue(t, customTerms()), nil)
	if err != nil || !reflect.DeepEqual(custom.Terms, customTerms()) {
		t.Errorf("custom addresses: %+v, %v; want %+v", custom.Terms, err, customTerms())
	}
	forever := terms()
	forever.Expires = time.Time{}
	if l, err := Parse(acme.issue(t, forever), nil); err != nil || l.Expired(now.AddDate(100, 0, 0)) {
		t.Errorf("a license for ever: %v", err)
	}
}

// Proves to the nanosecond when a license has expired, and that this is no error of Parse.
func TestExpired(t *testing.T) {
	l, err := Parse(newSigner(t, "acme").issue(t, terms()), nil)
	if err != nil {
		t.Fatal(err)
	}
	if end := l.Expires; l.Expired(end.Add(-1)) || !l.Expired(end) {
		t.Error("the license must run out at the instant that it names")
	}
}

// Proves that not one character of a license can be changed, nor one be missing.
func TestNothingCanBeChanged(t *testing.T) {
	text := newSigner(t, "acme").issue(t, customTerms())
	for i := range len(text) - 1 { // the last is a line feed, which may be missing
		for _, c := range []byte("01 \nBCDx") {
			if text[i] == c {
				continue
			}
			changed := text[:i] + string(c) + text[i+1:]
			if l, err := Parse(changed, nil); err == nil {
				t.Errorf("with %q at %d for %q: %+v", c, i, text[i], l.Terms)
			}
		}
		if _, err := Parse(text+text[i:], nil); err == nil {
			t.Errorf("with all from %d on twice it is taken", i)
		}
		if _, err := Parse(text[:i], nil); err == nil {
			t.Errorf("cut after %d bytes it is taken", i)
		}
	}
}

// Proves that what is wrong in a text is named with its line.
func TestDamage(t *testing.T) {
	text := newSigner(t, "acme").issue(t, customTerms())
	replace := func(old, new string) string { return strings.Replace(text, old, new, 1) }
	for name, c := range map[string]struct {
		text, want string
		line       int
	}{
		"empty":           {"", "signature", 0},
		"no signature":    {"vns3 license 1\ntopology: x\n", "signature", 0},
		"another format":  {replace("license 1", "license 2"), "vns3 license 1", 1},
		"no value":        {replace("topology: ", "topology:"), "key: value", 2},
		"no name":         {replace("Acme overlay", ""), "empty", 2},
		"spaces":          {replace("Acme overlay", "Acme "), "space", 2},
		"unprintable":     {replace("Acme", "Ac\u200bme"), "unprintable", 2},
		"ten controllers": {replace("controllers: 2", "controllers: 10"), "from 1 to 9", 3},
		"a sign":          {replace("controllers: 2", "controllers: +2"), "from 1 to 9", 3},
		"too many packs":  {replace("clientpacks: 4", "clientpacks: 65001"), "from 0 to 65000", 4},
		"a date":          {replace("T12:00:00Z", ""), "2027-11-23", 5},
		"a host":          {replace("/24", ""), "172.31.1.0", 6},
		"a VIP":           {replace("vip: 172.31.1.1", "vip: x"), "x", 7},
		"IDs":             {replace("controller: 2", "controller: 3"), "order", 9},
		"no ASN":          {replace(" 65100", ""), "ID ADDRESS ASN", 8},
		"backwards":       {replace("172.31.1.20-172.31.1.21", "172.31.1.21-172.31.1.20"), "range", 10},
		"the world":       {replace("172.31.1.20-172.31.1.21", "0.0.0.0-255.255.255.255"), "65000", 10},
		"unknown":         {replace("vip:", "bonus:"), "bonus", 7},
		"twice":           {replace("clientpacks: 4", "controllers: 2"), "second", 4},
		"missing":         {replace("expires: 2027-11-23T12:00:00Z\n", ""), "expires", 0},
		"no verifier":     {replace("verifier: acme", "clients: acme"), "", 13},
		"a foreign line":  {replace("\n\n", "\n\nverifier: x\n\n"), "key: value", 14},
		"more packs":      {replace("clientpacks: 4", "clientpacks: 5"), "signed", 0},
		"too long":        {strings.Repeat("x", MaxSize+1), "long", 0},
	} {
		_, err := Parse(c.text, nil)
		var damaged *DamagedError
		switch {
		case !errors.As(err, &damaged):
			t.Errorf("%s: %v, want %T", name, err, damaged)
		case !strings.Contains(damaged.Reason, c.want) || c.line != 0 && damaged.Line != c.line:
			t.Errorf("%s: line %d, %q; want line %d and %q in it", name, damaged.Line, damaged.Reason, c.line, c.want)
		}
	}
}

// Proves that a license of somebody else is told from a damaged one, and names him and the remedy.
func TestForeign(t *testing.T) {
	acme, mallory := newSigner(t, "acme"), newSigner(t, "mallory")
	_, err := Parse(mallory.issue(t, terms()), []string{acme.verifier})
	var foreign *ForeignError
	if !errors.As(err, &foreign) || foreign.Signer != "mallory" || !strings.Contains(err.Error(), mallory.verifier) {
		t.Errorf("error is %v, want mallory named", err)
	}
	namesake := newSigner(t, "acme")
	if _, err := Parse(namesake.issue(t, terms()), []string{acme.verifier}); !errors.As(err, &foreign) {
		t.Errorf("somebody else called acme: %v", err)
	}
}

// Proves that terms which cannot be are refused when a license is issued, and when one issued by another
// program is read.
func TestTermsThatCannotBe(t *testing.T) {
	acme := newSigner(t, "acme")
	for name, change := range map[string]func(*Terms){
		"no room":            func(t *Terms) { t.Subnet = netip.MustParsePrefix("172.31.1.0/27") },
		"IPv6":               func(t *Terms) { t.Subnet = netip.MustParsePrefix("2001:db8::/64") },
		"host bits":          func(t *Terms) { t.Subnet = netip.MustParsePrefix("172.31.1.1/24") },
		"no address for one": func(t *Terms) { *t = customTerms(); t.Controllers = 3 },
		"a pack too many":    func(t *Terms) { *t = customTerms(); t.Clientpacks = 5 },
		"an address twice":   func(t *Terms) { *t = customTerms(); t.Default.VIP = t.Default.Clients[0] },
		"outside":            func(t *Terms) { *t = customTerms(); t.Default.VIP = netip.MustParseAddr("10.0.0.1") },
	} {
		bad := terms()
		change(&bad)
		var refused *TermsError
		if _, err := Issue(bad, acme.key); !errors.As(err, &refused) {
			t.Errorf("issuing %s: %v, want %T", name, err, refused)
		}
	}
	for name, topology := range map[string]string{"line feed": "a\nb", "empty": "", "control": "a\tb"} {
		bad := terms()
		bad.Topology = topology
		if _, err := Issue(bad, acme.key); err == nil {
			t.Errorf("issuing a topology name with %s succeeded", name)
		}
	}
	for _, key := range []string{"", "x", acme.verifier, acme.key[:len(acme.key)-8]} {
		if _, err := Issue(terms(), key); err == nil || strings.Contains(err.Error(), "PRIVATE") {
			t.Errorf("signing with a bad key: %v", err)
		}
	}
	for _, name := range []string{"", "two words", "a+b"} {
		if _, _, err := GenerateSigner(name); err == nil {
			t.Errorf("a signer was called %q", name)
		}
	}
}

// Proves the built-in license to the letter.
func TestCommunity(t *testing.T) {
	l := Community()
	c := l.Default.Controllers
	if len(c) != 9 || c[0].Address.String() != "100.127.255.253" || c[8].Address.String() != "100.127.255.245" ||
		l.Default.VIP.String() != "100.127.255.254" || len(l.Default.Clients) != 1000 || l.Default.Clients[0].String() != "100.127.252.1" ||
		l.Expired(now.AddDate(1000, 0, 0)) || !l.Community {
		t.Errorf("the community license is %+v", l.Terms)
	}
	if again, err := Parse(l.Text, []string{newSigner(t, "acme").verifier}); err != nil || !reflect.DeepEqual(again, l) {
		t.Errorf("its text was read as %+v, %v", again, err)
	}
	if _, err := Parse(strings.Replace(l.Text, "1000", "1001", 1), nil); err == nil {
		t.Error("a changed community license was taken")
	}
}

// Proves that no text makes the parser panic, and that one that is taken is taken again, the same.
func FuzzParse(f *testing.F) {
	acme := newSigner(f, "acme")
	f.Add(acme.issue(f, terms()))
	f.Add(acme.issue(f, customTerms()))
	f.Add(communityText)
	f.Fuzz(func(t *testing.T, text string) {
		if l, err := Parse(text, nil); err == nil {
			if again, err := Parse(l.Text, []string{l.Verifier}); err != nil || !reflect.DeepEqual(again, l) {
				t.Errorf("%q was read again as %+v, %v", text, again, err)
			}
		}
		// The signature hides the lines from the fuzzer: read them without.
		if b, err := readBody(text); err == nil && b.check() == nil {
			if err := b.Default.Validate(); err != nil {
				t.Errorf("%q gives overlay parameters that cannot be: %v", text, err)
			}
		}
	})
}
