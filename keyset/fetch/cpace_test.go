package fetch

import (
	"bytes"
	"encoding/hex"
	"testing"

	"github.com/gtank/ristretto255"
)

// draft are the figures of draft-irtf-cfrg-cpace-21, appendix B.3 (ristretto255, SHA-512).
var draft = struct{ prs, ci, sid, g, ya, ada, shareA, yb, adb, shareB, k, isk string }{
	prs:    "50617373776F7264",
	ci:     "0B415F696E69746961746F720B425F726573706F6E646572",
	sid:    "7E4B4791D6A8EF019B936C79FB7F2C57",
	g:      "222B6B195FE84B1652BADB6F6A3AE3D24341E7306967F0B8115B40D5698C7E56",
	ya:     "DA3D23700A9E5699258AEF94DC060DFDA5EBB61F02A5EA77FAD53F4FF0976D08",
	ada:    "414461",
	shareA: "D6BAC480F2C386C394EFC7C47ADB9925DCD2630B64F240C50F8D0EEC482B9157",
	yb:     "D2316B454718C35362D83D69DF6320F38578ED5984651435E2949762D900B80D",
	adb:    "414462",
	shareB: "3EA7E0B19560D7C0B0F5734F63B955286DFA8232B5EBE63324E2D9E7433F7258",
	k:      "80B69A8A76457AB6A4D7F887A4BF6B55A2F80AC19C333F917A05FC9887C8B40F",
	isk: "B69EFFBF61B51D56401C0F65601ABE428DE8206FEAAF0E32198896DCAE7B35CD" +
		"2B38950A39DFD5D4A79164614C2984F7DAA460B588C1E80C3FA2068AF7900447",
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func equalHex(t *testing.T, what string, got []byte, want string) {
	t.Helper()
	if !bytes.Equal(got, unhex(t, want)) {
		t.Errorf("%s = %X, want %s", what, got, want)
	}
}

// Proves that generator, shares, secret and session key are those of the draft.
func TestCPaceMatchesTheDraft(t *testing.T) {
	g := generator(unhex(t, draft.prs), unhex(t, draft.ci), unhex(t, draft.sid))
	equalHex(t, "g", g.Bytes(), draft.g)
	scalar := func(s string) *ristretto255.Scalar {
		y, err := ristretto255.NewScalar().SetCanonicalBytes(unhex(t, s))
		if err != nil {
			t.Fatal(err)
		}
		return y
	}
	ya, yb := scalar(draft.ya), scalar(draft.yb)
	shareA, shareB := shareOf(ya, g), shareOf(yb, g)
	equalHex(t, "Ya", shareA, draft.shareA)
	equalHex(t, "Yb", shareB, draft.shareB)
	for _, side := range []struct {
		y    *ristretto255.Scalar
		peer []byte
	}{{ya, shareB}, {yb, shareA}} {
		k, err := sharedSecret(side.y, side.peer)
		if err != nil {
			t.Fatal(err)
		}
		equalHex(t, "K", k, draft.k)
	}
	isk := transcript{
		sid: unhex(t, draft.sid), shareA: shareA, dataA: unhex(t, draft.ada), shareB: shareB, dataB: unhex(t, draft.adb),
	}.sessionKey(unhex(t, draft.k))
	equalHex(t, "ISK", isk, draft.isk)
}

// Proves that shares which would make the secret predictable end the exchange.
func TestCPaceRefusesShares(t *testing.T) {
	y := newScalar([64]byte{1})
	for _, bad := range []string{
		"2B3C6B8C4F3800E7AEF6864025B4ED79BD599117E427C41BD47D93D654B4A51C", // not canonical
		"0000000000000000000000000000000000000000000000000000000000000000", // the identity
		"", "00",
	} {
		if k, err := sharedSecret(y, unhex(t, bad)); err == nil {
			t.Errorf("share %s gave secret %X, want an error", bad, k)
		}
	}
}
