package license

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"strings"

	"golang.org/x/mod/sumdb/note"

	"vns3/overlay"
)

// GenerateSigner makes a key that signs licenses, and the verifier key by which controllers know it. The
// name says who signs; it has neither spaces nor a plus.
func GenerateSigner(name string) (signer, verifier string, err error) {
	signer, verifier, err = note.GenerateKey(rand.Reader, name)
	if err != nil {
		return "", "", fmt.Errorf("make a license signer: %w", err)
	}
	if _, err := note.NewVerifier(verifier); err != nil {
		return "", "", fmt.Errorf("make a license signer: %q cannot be its name: choose one without spaces and plus", name)
	}
	return signer, verifier, nil
}

// Issue returns the text of a license with the terms, signed. Terms without Default get the default
// addresses. Errors are *TermsError, *DamagedError for a value that the text cannot hold, or about the key.
func Issue(t Terms, signerKey string) (string, error) {
	signer, err := note.NewSigner(signerKey)
	if err != nil {
		return "", errors.New("issue license: the signing key is damaged: it is the text that `vns3 license issue` made with the signer")
	}
	verifier, err := verifierOf(signer.Name(), signerKey)
	if err != nil {
		return "", err
	}
	signed, err := note.Sign(&note.Note{Text: t.text(verifier)}, signer)
	if err != nil {
		return "", &TermsError{err.Error()}
	}
	// What Issue makes Parse takes: all rules stand there.
	if _, err := Parse(string(signed), []string{verifier}); err != nil {
		return "", err
	}
	return string(signed), nil
}

// verifierOf returns the verifier key of a signing key: "PRIVATE+KEY+name+hash+base64(algorithm, seed)".
func verifierOf(name, signerKey string) (string, error) {
	parts := strings.SplitN(signerKey, "+", 5) // base64 has plus signs of its own
	raw, err := base64.StdEncoding.DecodeString(parts[len(parts)-1])
	if err != nil || len(raw) != 1+ed25519.SeedSize {
		return "", errors.New("issue license: the signing key is not an Ed25519 key")
	}
	public := ed25519.NewKeyFromSeed(raw[1:]).Public().(ed25519.PublicKey)
	return note.NewEd25519VerifierKey(name, public)
}

// text writes the terms as lines.
func (t Terms) text(verifier string) string {
	var b strings.Builder
	line := func(key, format string, args ...any) {
		fmt.Fprintf(&b, key+": "+format+"\n", args...)
	}
	expires := never
	if !t.Expires.IsZero() {
		expires = t.Expires.UTC().Format("2006-01-02T15:04:05Z")
	}
	b.WriteString(firstLine + "\n")
	line(keyTopology, "%s", t.Topology)
	line(keyControllers, "%d", t.Controllers)
	line(keyClientpacks, "%d", t.Clientpacks)
	line(keyExpires, "%s", expires)
	line(keySubnet, "%v", t.Subnet)
	if t.custom() {
		line(keyVIP, "%v", t.Default.VIP)
		for _, c := range t.Default.Controllers {
			line(keyController, "%d %v %d", c.ID, c.Address, c.ASN)
		}
		for _, r := range ranges(t.Default.Clients) {
			line(keyClients, "%s", r)
		}
	}
	line(keyVerifier, "%s", verifier)
	return b.String()
}

// custom reports whether the addresses are others than the default ones.
func (t Terms) custom() bool {
	if reflect.ValueOf(t.Default).IsZero() {
		return false
	}
	layout, err := overlay.Default(t.Subnet, t.Controllers, t.Clientpacks)
	return err != nil || !equal(layout, t.Default)
}

// ranges writes addresses in their order, adjacent ones as one range.
func ranges(addrs []netip.Addr) []string {
	var out []string
	for i := 0; i < len(addrs); {
		j := i + 1
		for j < len(addrs) && addrs[j] == addrs[j-1].Next() {
			j++
		}
		if j == i+1 {
			out = append(out, addrs[i].String())
		} else {
			out = append(out, addrs[i].String()+"-"+addrs[j-1].String())
		}
		i = j
	}
	return out
}
