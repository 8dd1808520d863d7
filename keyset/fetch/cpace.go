package fetch

import (
	"crypto/sha512"
	"encoding/binary"
	"errors"

	"github.com/gtank/ristretto255"
)

// CPace of draft-irtf-cfrg-cpace-21, group ristretto255, hash SHA-512, initiator/responder. Names are the
// draft's: PRS the password-related string, CI the channel identifier, sid the session id, AD associated
// data, ISK the intermediate session key.

const (
	cpaceDSI  = "CPaceRistretto255"
	shareSize = 32
)

// errShare says that a peer's share is not one: it does not decode, or leads to the identity.
var errShare = errors.New("the share is not a valid group element")

// lvCat joins parts, each preceded by its length as unsigned LEB128.
func lvCat(parts ...[]byte) []byte {
	var out []byte
	for _, p := range parts {
		out = append(binary.AppendUvarint(out, uint64(len(p))), p...)
	}
	return out
}

// generator returns the group element that both sides make of the token and of what it is bound to.
func generator(prs, ci, sid []byte) *ristretto255.Element {
	used := 1 + len(lvCat(prs)) + len(lvCat([]byte(cpaceDSI)))
	pad := make([]byte, max(0, sha512.BlockSize-used))
	uniform := sha512.Sum512(lvCat([]byte(cpaceDSI), prs, pad, ci, sid))
	g, err := ristretto255.NewIdentityElement().SetUniformBytes(uniform[:])
	if err != nil {
		panic("fetch: ristretto255 refuses 64 uniform bytes: " + err.Error())
	}
	return g
}

// newScalar makes a uniform scalar of 64 random bytes.
func newScalar(random [64]byte) *ristretto255.Scalar {
	y, err := ristretto255.NewScalar().SetUniformBytes(random[:])
	if err != nil {
		panic("fetch: ristretto255 refuses 64 uniform bytes: " + err.Error())
	}
	return y
}

// shareOf returns what a side sends: Y = y·g.
func shareOf(y *ristretto255.Scalar, g *ristretto255.Element) []byte {
	return ristretto255.NewIdentityElement().ScalarMult(y, g).Bytes()
}

// sharedSecret returns K = y·Y of the peer's share. The error is errShare.
func sharedSecret(y *ristretto255.Scalar, peer []byte) ([]byte, error) {
	share, err := ristretto255.NewIdentityElement().SetCanonicalBytes(peer)
	if err != nil {
		return nil, errShare
	}
	k := share.ScalarMult(y, share)
	if k.Equal(ristretto255.NewIdentityElement()) == 1 {
		return nil, errShare
	}
	return k.Bytes(), nil
}

// transcript is what was said in the open, from the initiator a and the responder b.
type transcript struct {
	sid            []byte
	shareA, shareB []byte
	dataA, dataB   []byte
}

// sessionKey returns ISK.
func (t transcript) sessionKey(k []byte) []byte {
	h := sha512.New()
	h.Write(lvCat([]byte(cpaceDSI+"_ISK"), t.sid, k))
	h.Write(lvCat(t.shareA, t.dataA))
	h.Write(lvCat(t.shareB, t.dataB))
	return h.Sum(nil)
}
