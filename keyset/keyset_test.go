package keyset

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vns3/overlay"
)

var born = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// counting is a source of "random" bytes 0, 1, 2, …
type counting byte

func (c *counting) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(*c)
		*c++
	}
	return len(p), nil
}

func parameters(t testing.TB, controllers, clients int) overlay.Parameters {
	t.Helper()
	p, err := overlay.Default(netip.MustParsePrefix("172.31.1.0/24"), controllers, clients)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// example is the keyset of the fixed vectors: its master secret is 00 01 … 1f.
func example(t testing.TB) *Keyset {
	t.Helper()
	k, err := Generate(GenerateOptions{Rand: new(counting), Now: born, Topology: "Acme overlay", Overlay: parameters(t, 4, 50)})
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// Proves that keys and checksum never change: a changed figure here breaks every topology there is. They
// were computed by another program from the layouts in the package doc.
func TestFixedVectors(t *testing.T) {
	k := example(t)
	if want := "20212223-2425-4627-a829-2a2b2c2d2e2f"; k.UUID != want {
		t.Errorf("UUID %s, want %s", k.UUID, want)
	}
	for what, c := range map[string]struct{ got, want string }{
		"controller 1":          {k.Controller(1).Private.Hex(), vectorController1},
		"controller 1, public":  {k.Controller(1).Public.Hex(), vectorController1Public},
		"controller 9, public":  {k.Controller(9).Public.Hex(), vectorController9Public},
		"client-facing, public": {k.ClientFacing().Public.Hex(), vectorClientFacingPublic},
		"standby 2, public":     {k.Standby(2).Public.Hex(), vectorStandby2Public},
		"pack 7, epoch 1":       {k.Pack(7, 1).Public.Hex(), vectorPack7Public},
		"pack 7, epoch 1, PSK":  {k.PackPSK(7, 1).Hex(), vectorPack7PSK},
		"probe":                 {k.Probe().Hex(), vectorProbe},
		"certificate":           {k.CertificateSeed().Hex(), vectorCertificate},
		"checksum":              {k.Checksum(k.Overlay).String(), vectorChecksum},
	} {
		if c.got != c.want {
			t.Errorf("%s is %s, want %s", what, c.got, c.want)
		}
	}
}

// Proves that no two keys of a topology are equal, and that a new epoch changes a pack's keys.
func TestKeysDiffer(t *testing.T) {
	k := example(t)
	seen := map[Secret]string{}
	add := func(s Secret, what string) {
		if other, taken := seen[s]; taken {
			t.Errorf("%s and %s are equal", other, what)
		}
		seen[s] = what
	}
	for id := 1; id <= overlay.MaxControllers; id++ {
		add(k.Controller(id).Private, fmt.Sprint("controller ", id))
		add(k.Standby(id).Private, fmt.Sprint("standby ", id))
	}
	for index := range 20 {
		for epoch := range uint32(3) {
			add(k.Pack(index, epoch).Private, fmt.Sprint("pack ", index, epoch))
			add(k.PackPSK(index, epoch), fmt.Sprint("PSK ", index, epoch))
		}
	}
	add(k.ClientFacing().Private, "client-facing")
	add(k.Probe(), "probe")
	add(k.CertificateSeed(), "certificate")
}

// Proves that the checksum is that of keys and overlay parameters, and of nothing else.
func TestChecksum(t *testing.T) {
	k := example(t)
	base := k.Checksum(k.Overlay)
	for what, change := range map[string]func(*overlay.Parameters){
		"subnet":      func(p *overlay.Parameters) { p.Subnet = netip.MustParsePrefix("172.31.0.0/16") },
		"VIP":         func(p *overlay.Parameters) { p.VIP = p.VIP.Next() },
		"address":     func(p *overlay.Parameters) { p.Controllers[1].Address = p.VIP },
		"ASN":         func(p *overlay.Parameters) { p.Controllers[2].ASN++ },
		"controllers": func(p *overlay.Parameters) { p.Controllers = p.Controllers[:3] },
	} {
		p := parameters(t, 4, 50)
		change(&p)
		if k.Checksum(p) == base {
			t.Errorf("the checksum does not depend on: %s", what)
		}
	}
	if p := parameters(t, 4, 49); k.Checksum(p) != base {
		t.Error("the checksum depends on the number of clientpacks")
	}
	if renamed := k.From("10.0.1.10"); renamed.Checksum(k.Overlay) != base {
		t.Error("the checksum depends on the source")
	}
	other, err := Generate(GenerateOptions{Now: born, Topology: "Acme overlay", Overlay: k.Overlay})
	if err != nil {
		t.Fatal(err)
	}
	if other.Checksum(k.Overlay) == base {
		t.Error("two keysets have one checksum")
	}
}

// Proves that no way of printing reveals a secret.
func TestSecretsDoNotPrint(t *testing.T) {
	k := example(t)
	pair := k.Controller(1)
	held := struct {
		Pair   KeyPair
		Keyset Keyset
		hidden *Keyset
		value  Keyset
	}{pair, *k, k, *k}
	var out bytes.Buffer
	for _, v := range []any{pair, &pair, pair.Private, k, *k, held, []Secret{pair.Private}, map[int]Secret{1: k.Probe()}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%x", "%X", "%d", "%q", "%08b"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		slog.New(slog.NewTextHandler(&out, nil)).Info("log", "value", v)
		slog.New(slog.NewJSONHandler(&out, nil)).Info("log", "value", v)
		if err := json.NewEncoder(&out).Encode(v); err != nil {
			t.Error(err)
		}
	}
	master := **k.master
	for _, s := range []Secret{pair.Private, master, k.Probe()} {
		inner := strings.Trim(fmt.Sprint([KeySize]byte(s)), "[]")
		for _, form := range []string{s.Hex(), strings.ToUpper(s.Hex()), s.Base64(), inner, string(s[:]), strings.ReplaceAll(inner, " ", ",")} {
			if strings.Contains(out.String(), form) {
				t.Errorf("a secret was printed as %q in\n%s", form, out.String())
			}
		}
	}
}

// Proves that a public key is read as it was written, and that nothing else is.
func TestPublicKeyText(t *testing.T) {
	want := example(t).Controller(1).Public
	text, err := want.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	var got PublicKey
	if err := got.UnmarshalText(text); err != nil || got != want {
		t.Errorf("read %v, %v; want %v", got, err, want)
	}
	for _, bad := range []string{"", "AAAA", string(text) + "A", strings.Repeat("*", 44)} {
		if err := got.UnmarshalText([]byte(bad)); err == nil {
			t.Errorf("%q was taken as a public key", bad)
		}
	}
}

// Proves that a keyset is not made of what cannot be.
func TestGenerateRefuses(t *testing.T) {
	good := parameters(t, 4, 50)
	for what, o := range map[string]GenerateOptions{
		"no overlay":     {Now: born, Topology: "x"},
		"no time":        {Topology: "x", Overlay: good},
		"control in it":  {Now: born, Topology: "a\nb", Overlay: good},
		"too long":       {Now: born, Topology: strings.Repeat("x", MaxTopologyName+1), Overlay: good},
		"not UTF-8":      {Now: born, Topology: "\xff", Overlay: good},
		"no randomness":  {Now: born, Topology: "x", Overlay: good, Rand: failing{}},
		"all random 0":   {Now: born, Topology: "x", Overlay: good, Rand: zeroes{}},
		"little of that": {Now: born, Topology: "x", Overlay: good, Rand: strings.NewReader("few")},
	} {
		if k, err := Generate(o); err == nil {
			t.Errorf("%s: made %v", what, k)
		}
	}
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("broken") }

type zeroes struct{}

func (zeroes) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Proves that an ID which no controller can have is a loud bug.
func TestNoSuchController(t *testing.T) {
	for _, id := range []int{-1, 0, 10} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("controller %d got a key", id)
				}
			}()
			example(t).Controller(id)
		}()
	}
}
