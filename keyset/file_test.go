package keyset

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// Proves that a keyset is read as it was written.
func TestFileRoundTrip(t *testing.T) {
	want := example(t).From("10.0.1.10")
	got, err := Decode(want.Encode())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
}

// Proves that no damage goes unseen: each byte changed, the file cut after each byte, something appended.
func TestFileDamage(t *testing.T) {
	whole := example(t).Encode()
	check := func(what string, at int, data []byte) {
		var format *FormatError
		if k, err := Decode(data); !errors.As(err, &format) {
			t.Errorf("%s at %d: read %v, %v", what, at, k, err)
		}
	}
	for i := range whole {
		changed := bytes.Clone(whole)
		changed[i] ^= 0x20
		check("changed", i, changed)
		check("cut", i, whole[:i])
	}
	check("appended", len(whole), append(bytes.Clone(whole), '\n'))
}

// seal gives a body a first line that fits it, as somebody who edits the file by hand might.
func seal(body string) []byte {
	return []byte(fileMagic + fileVersion + " " + digest([]byte(body)) + "\n" + body)
}

// Proves that a file with a right digest and a wrong content is refused with the reason.
func TestFileContent(t *testing.T) {
	_, good, _ := strings.Cut(string(example(t).Encode()), "\n")
	for what, c := range map[string]struct{ body, want string }{
		"not JSON":      {"{", "EOF"},
		"another field": {strings.Replace(good, `"uuid"`, `"extra":1,"uuid"`, 1), "extra"},
		"two":           {good + good, "more after"},
		"short secret":  {strings.Replace(good, `"master":"AAEC`, `"master":"`, 1), "29 bytes"},
		"no UUID":       {strings.Replace(good, "20212223-", "20212223_", 1), "UUID"},
		"no time":       {strings.Replace(good, "2026-11-23T12:00:00Z", "0001-01-01T00:00:00Z", 1), "time"},
		"overlay":       {strings.Replace(good, "172.31.1.253", "10.0.0.1", 1), "controller 1"},
	} {
		_, err := Decode(seal(c.body))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q in it", what, err, c.want)
		}
	}
	_, err := Decode([]byte(strings.Replace(string(seal(good)), fileMagic+"1", fileMagic+"2", 1)))
	if err == nil || !strings.Contains(err.Error(), "format") {
		t.Errorf("another version: %v", err)
	}
}

// Proves that no file makes the decoder panic, and that what it takes is a whole keyset.
func FuzzDecode(f *testing.F) {
	whole := example(f).Encode()
	_, body, _ := strings.Cut(string(whole), "\n")
	f.Add(body, true)
	f.Add(string(whole), false)
	f.Add(`{"master":"AAAA"}`, true)
	f.Fuzz(func(t *testing.T, text string, sealed bool) {
		data := []byte(text)
		if sealed {
			data = seal(text)
		}
		k, err := Decode(data)
		if err != nil {
			return
		}
		again, err := Decode(k.Encode())
		if err != nil || again.Checksum(again.Overlay) != k.Checksum(k.Overlay) {
			t.Errorf("a keyset that was read cannot be kept: %v", err)
		}
	})
}

// Proves that no file makes the decoder of verifiers panic, and that what it takes is as it was written.
func FuzzDecodeToken(f *testing.F) {
	v, err := Stretch("lusab-babad-gutih", [SaltSize]byte{1}, FloorCost)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(v.encode())
	f.Add([]byte(`{"version":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := decodeToken(data)
		if err != nil {
			return
		}
		if again, err := decodeToken(v.encode()); err != nil || again != v {
			t.Errorf("read again as %+v, %v", again, err)
		}
	})
}
