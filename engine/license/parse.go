package license

import (
	"encoding/base64"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

// Parse reads a license text, checks its signature and that its terms can be. Line ends may be CR LF.
// trusted are the verifier keys of those who may sign; if there are none, anybody's whole license is
// taken, and the caller decides whether to pin its Verifier. Errors are *DamagedError, *ForeignError and
// *TermsError. That a license has expired is no error: see Expired.
func Parse(text string, trusted []string) (License, error) {
	if len(text) > MaxSize {
		return License{}, &DamagedError{0, "it is too long to be a license"}
	}
	text = strings.TrimRight(strings.ReplaceAll(text, "\r\n", "\n"), "\n") + "\n"
	if text == communityText {
		return Community(), nil
	}
	signed := strings.LastIndex(text, "\n\n") // where note.Open splits: all before is signed
	if signed < 0 {
		return License{}, &DamagedError{0, "the signature is missing"}
	}
	b, err := readBody(text[:signed])
	switch {
	case err != nil:
		return License{}, err
	case !b.seen[keyVerifier]:
		return License{}, &DamagedError{0, "the line \"verifier\" is missing"}
	}
	verifier, err := note.NewVerifier(b.verifier)
	if err != nil {
		return License{}, &DamagedError{0, "the line \"verifier\" is no key"}
	}
	if n, err := note.Open([]byte(text), note.VerifierList(verifier)); err != nil || text != canonical(n) {
		return License{}, &DamagedError{0, "it is not what its signer signed"}
	}
	l := License{Signer: verifier.Name(), Verifier: b.verifier, SHA1: sha1Hex(text), Text: text}
	if len(trusted) > 0 && !slices.Contains(trusted, l.Verifier) {
		return License{}, &ForeignError{Signer: l.Signer, Verifier: l.Verifier}
	}
	if err := b.check(); err != nil {
		return License{}, err
	}
	l.Terms = b.Terms
	return l, nil
}

// canonical is the one text of a signed note: note.Open also takes signatures more than once, and the last
// bits of base64 that mean nothing.
func canonical(n *note.Note) string {
	signature, err := base64.StdEncoding.DecodeString(n.Sigs[0].Base64)
	if err != nil {
		return ""
	}
	return n.Text + "\n\u2014 " + n.Sigs[0].Name + " " + base64.StdEncoding.EncodeToString(signature) + "\n"
}
