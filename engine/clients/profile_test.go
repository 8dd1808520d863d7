package clients

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vns3/keyset"
	"vns3/overlay"
)

func example() Profile {
	return Profile{
		Name: "100_127_252_1", Topology: "Acme", Address: netip.MustParseAddr("100.127.252.1"),
		Private: keyset.Secret{1}, Preshared: keyset.Secret{2}, Facing: keyset.PublicKey{3},
		Controller: 1, Endpoint: "vpn.example.net:1194",
		Allowed:  []netip.Prefix{netip.MustParsePrefix("100.127.252.0/22"), netip.MustParsePrefix("192.168.10.0/24")},
		Standbys: []Standby{{2, keyset.PublicKey{4}, netip.MustParseAddrPort("[2001:db8::2]:1194")}},
		Others:   []Place{{1, "vpn.example.net:1194"}, {2, "[2001:db8::2]:1194"}},
		VIP:      netip.MustParseAddr("100.127.255.253"),
	}
}

const exampleText = `# vns3 clientpack 100_127_252_1 of Acme
# It works on one machine at a time.
# vns3 controller 1 = vpn.example.net:1194
# vns3 controller 2 = [2001:db8::2]:1194
# vns3 vip = 100.127.255.253
[Interface]
PrivateKey = AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Address = 100.127.252.1/32

[Peer]
# controller 1
PublicKey = AwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
PresharedKey = AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
AllowedIPs = 100.127.252.0/22, 192.168.10.0/24
Endpoint = vpn.example.net:1194
PersistentKeepalive = 25

[Peer]
# controller 2: never answers, keeps the way open for a takeover
PublicKey = BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
Endpoint = [2001:db8::2]:1194
PersistentKeepalive = 25
`

// TestText fixes the text of a clientpack's configuration.
func TestText(t *testing.T) {
	if got := example().Text(); got != exampleText {
		t.Errorf("got\n%s\nwant\n%s", got, exampleText)
	}
}

// TestExport proves that every format holds the same configuration, that the QR code leaves the standby
// peers out, and that an unknown format is refused by name.
func TestExport(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	file := func(f Format) File {
		t.Helper()
		got, err := Export(f, "vns3-252_1", exampleText, now)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	if conf := file(Conf); conf.Name != "vns3-252_1.conf" || string(conf.Data) != exampleText {
		t.Errorf("conf: %s, %d bytes", conf.Name, len(conf.Data))
	}
	zipped := file(Zip)
	z, err := zip.NewReader(bytes.NewReader(zipped.Data), int64(len(zipped.Data)))
	if err != nil || len(z.File) != 1 || z.File[0].Name != "vns3-252_1.conf" || z.File[0].Mode() != 0o600 {
		t.Fatalf("zip: %v", err)
	}
	r, _ := z.File[0].Open()
	if data, _ := io.ReadAll(r); string(data) != exampleText {
		t.Error("zip: another text")
	}
	g, err := gzip.NewReader(bytes.NewReader(file(TarGz).Data))
	if err != nil {
		t.Fatal(err)
	}
	archive := tar.NewReader(g)
	header, err := archive.Next()
	if err != nil || header.Name != "vns3-252_1.conf" || header.Mode != 0o600 {
		t.Fatalf("tar.gz: %v", err)
	}
	if data, _ := io.ReadAll(archive); string(data) != exampleText {
		t.Error("tar.gz: another text")
	}
	code := string(file(QR).Data)
	width := utf8.RuneCountInString(strings.Split(code, "\n")[0])
	for _, line := range strings.Split(strings.TrimSuffix(code, "\n"), "\n") {
		if utf8.RuneCountInString(line) != width {
			t.Fatalf("qr: lines of %d and %d characters", width, utf8.RuneCountInString(line))
		}
	}
	if short := brief(exampleText); strings.Contains(short, "#") || strings.Count(short, "[Peer]") != 1 {
		t.Errorf("in the QR code:\n%s", short)
	}
	if _, err := Export("exe", "x", "", now); err == nil || !strings.Contains(err.Error(), `"exe"`) {
		t.Errorf("unknown format: %v", err)
	}
}

// TestDigest proves that whatever changes a configuration changes the digest.
func TestDigest(t *testing.T) {
	base := Outline{Epoch: 1, Places: []Place{{1, "a:1"}, {2, "b:1"}}, Allowed: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}
	seen := map[uint64]string{base.Digest(): "base"}
	for what, change := range map[string]func(*Outline){
		"epoch":    func(o *Outline) { o.Epoch = 2 },
		"endpoint": func(o *Outline) { o.Places = []Place{{1, "c:1"}, {2, "b:1"}} },
		"standby":  func(o *Outline) { o.Places = o.Places[:1] },
		"order":    func(o *Outline) { o.Places = []Place{{2, "b:1"}, {1, "a:1"}} },
		"route":    func(o *Outline) { o.Allowed = nil },
	} {
		o := base
		change(&o)
		if other, twice := seen[o.Digest()]; twice {
			t.Errorf("%s: the same digest as %s", what, other)
		}
		seen[o.Digest()] = what
	}
}

// TestFind proves that names lead to the packs they are made from, and nothing else does.
func TestFind(t *testing.T) {
	p, err := overlay.Default(netip.MustParsePrefix("100.127.252.0/22"), 9, 1000)
	if err != nil {
		t.Fatal(err)
	}
	for index, address := range p.Clients {
		if got, ok := Find(p, Name(address)); !ok || got != index {
			t.Fatalf("%s: %d, %v", Name(address), got, ok)
		}
	}
	for _, name := range []string{"", "x", "100_127_255_253", "10_0_0_1", "100_127_252", "100.127.252.1_"} {
		if _, ok := Find(p, name); ok {
			t.Errorf("%q was found", name)
		}
	}
}
