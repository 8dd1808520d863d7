package mesh

import (
	"bytes"
	"cmp"
	"fmt"
	"net/netip"
	"time"
)

// MaxIndex is the highest index of a clientpack: an overlay has no more addresses to give.
const MaxIndex = 1<<20 - 1

// ClaimBody is what the holder of a client server tells of it.
type ClaimBody struct {
	Endpoint           netip.AddrPort // where the holder sees it; zero: unknown
	HandshakeTimestamp [12]byte       // TAI64N of the newest initiation seen from it; never goes back
	Since              time.Time      // of the attachment; whole seconds
	LastHandshake      time.Time      // whole seconds; zero: none
	TxBytes, RxBytes   uint64         // of the attachment, as the holder counts
}

// answered reports whether the client server has answered the holder.
func (b ClaimBody) answered() bool { return !b.LastHandshake.IsZero() }

// Claim is the mesh-wide statement of who holds a client server. The highest counter wins, then the
// lowest holder, then the highest revision.
type Claim struct {
	Index    int    // of the clientpack
	Counter  uint32 // raised at each move
	Holder   int    // ID of the controller that made the claim
	Revision uint32 // raised when the holder tells something new
	Released bool   // the holder no longer holds it, and nobody else does yet
	ClaimBody
}

func (c Claim) key() uint64 { return uint64(c.Index) }

func (c Claim) append(b []byte) []byte {
	b = appendU32(b, uint32(c.Index))
	b = appendU32(b, c.Counter)
	b = append(b, byte(c.Holder), flag(c.Released, 1))
	b = appendU32(b, c.Revision)
	b = append(b, c.HandshakeTimestamp[:]...)
	b = appendAddrPort(b, c.Endpoint)
	b = appendU32(b, seconds(c.Since))
	b = appendU32(b, seconds(c.LastHandshake))
	b = appendU64(b, c.TxBytes)
	return appendU64(b, c.RxBytes)
}

func decodeClaim(b []byte) (Claim, error) {
	r := reader{b: b}
	c := Claim{
		Index:    int(r.u32()),
		Counter:  r.u32(),
		Holder:   int(r.u8()),
		Released: r.u8()&1 != 0,
		Revision: r.u32(),
		ClaimBody: ClaimBody{
			HandshakeTimestamp: [12]byte(r.bytes(12)),
			Endpoint:           r.addrPort(),
			Since:              fromSeconds(r.u32()),
			LastHandshake:      fromSeconds(r.u32()),
			TxBytes:            r.u64(),
			RxBytes:            r.u64(),
		},
	}
	switch {
	case r.short:
		return Claim{}, fmt.Errorf("claim of %d bytes: %w", len(b), ErrShort)
	case c.Index > MaxIndex || !validID(c.Holder):
		return Claim{}, fmt.Errorf("claim for clientpack %d by controller %d: %w", c.Index, c.Holder, ErrValue)
	}
	return c, nil
}

// seconds returns Unix seconds, 0 for the zero time; good until the year 2106.
func seconds(t time.Time) uint32 {
	if t.IsZero() {
		return 0
	}
	return uint32(t.Unix())
}

func fromSeconds(n uint32) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(int64(n), 0)
}

// compare orders claims for one clientpack: positive, if c wins.
func (c Claim) compare(with Claim) int {
	return cmp.Or(
		cmp.Compare(c.Counter, with.Counter),
		cmp.Compare(with.Holder, c.Holder),
		cmp.Compare(c.Revision, with.Revision))
}

// merge returns the claim that wins, with the newest handshake timestamp of both.
func (c Claim) merge(with Claim) Claim {
	stamp := newest(c.HandshakeTimestamp, with.HandshakeTimestamp)
	c.HandshakeTimestamp, with.HandshakeTimestamp = stamp, stamp
	order := c.compare(with)
	if order == 0 {
		order = bytes.Compare(c.append(nil), with.append(nil))
	}
	if order < 0 {
		return with
	}
	return c
}

// newest returns the later of two TAI64N timestamps.
func newest(a, b [12]byte) [12]byte {
	if bytes.Compare(a[:], b[:]) < 0 {
		return b
	}
	return a
}
