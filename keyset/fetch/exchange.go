package fetch

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// exchange is one fetch as the source sees it.
type exchange struct {
	server *Server
	conn   *tls.Conn
	from   netip.Addr
	budget Budget
}

// Error lets a refusal be the error that ends an exchange.
func (r refusal) Error() string {
	if r.wait > 0 {
		return fmt.Sprintf("refused: %v, for %v", r.reason, r.wait.Round(time.Second))
	}
	return "refused: " + r.reason.String()
}

// run carries out the exchange; a refusal among its errors is told to the other side.
func (x exchange) run() error {
	err := x.fetch()
	var refused refusal
	if errors.As(err, &refused) {
		return errors.Join(err, writeFrame(x.conn, frameRefused, refused.encode()))
	}
	return err
}

func (x exchange) fetch() error {
	bundle, err := x.server.o.Source.Offer()
	if errors.Is(err, ErrNoKeyset) {
		return refusal{reason: NoKeyset}
	}
	if err != nil {
		return fmt.Errorf("%w (%w)", refusal{reason: Unavailable}, err)
	}
	if err := x.server.limit(x.enter); err != nil {
		return err
	}
	defer x.leave()
	keys, err := x.agree(bundle)
	if err != nil {
		return err
	}
	if err := x.verify(keys); err != nil {
		return err
	}
	if err := writeFrame(x.conn, frameAccept, keys.accept); err != nil {
		return err
	}
	if err := writeFrame(x.conn, frameSealed, keys.sealed(bundle.encode())); err != nil {
		return err
	}
	x.event(Served)
	return nil
}

func (x exchange) attempt() Attempt { return Attempt{x.from, x.budget, x.server.o.Now()} }

// enter takes a place, if a token would be allowed at all.
func (x exchange) enter(l *Limiter) (Reason, time.Duration) {
	if reason, wait := l.Check(x.attempt()); reason != 0 {
		return reason, wait
	}
	if !l.Open(x.budget) {
		return Busy, ExchangeTime
	}
	return 0, 0
}

func (x exchange) leave() {
	x.server.mu.Lock()
	defer x.server.mu.Unlock()
	x.server.limiter.Done(x.budget)
}

// agree exchanges shares. Both sides now have the same keys if, and only if, they know the same token.
func (x exchange) agree(b *Bundle) (session, error) {
	ci, err := channel(x.conn)
	if err != nil {
		return session{}, err
	}
	hello := b.offer(random(make([]byte, halfSize)))
	payload := hello.encode()
	if err := writeFrame(x.conn, frameOffer, payload); err != nil {
		return session{}, err
	}
	_, theirs, err := readFrame(x.conn, frameShare)
	if err != nil {
		return session{}, err
	}
	peer, err := decodeShare(theirs)
	if err != nil {
		return session{}, err
	}
	if peer.protocol != protocol {
		return session{}, refusal{reason: VersionMismatch}
	}
	sid := slices.Concat(hello.SID, peer.sid)
	y := newScalar([64]byte(random(make([]byte, 64))))
	own := shareOf(y, generator(b.Token.Stretched[:], ci, sid))
	k, err := sharedSecret(y, peer.value)
	if err != nil {
		return session{}, err
	}
	t := transcript{sid: sid, shareA: peer.value, dataA: peer.data(), shareB: own, dataB: payload}
	return newSession(t.sessionKey(k)), writeFrame(x.conn, frameAnswer, own)
}

// verify reads the proof of the other side. The attempt counts as a failure before the proof is looked at.
func (x exchange) verify(keys session) error {
	_, proof, err := readFrame(x.conn, frameProof)
	if err != nil {
		return err
	}
	attempt := x.attempt()
	if err := x.server.limit(func(l *Limiter) (Reason, time.Duration) { return l.Reserve(attempt) }); err != nil {
		return err
	}
	if !equalProof(proof, keys.proof) {
		return x.refuseToken(attempt)
	}
	x.server.mu.Lock()
	x.server.limiter.Success(attempt)
	x.server.mu.Unlock()
	x.server.save()
	return nil
}

// refuseToken keeps the failure, tells of it, and says how long the other side has to wait.
func (x exchange) refuseToken(a Attempt) error {
	x.server.save()
	x.event(TokenRefused)
	var refused refusal
	err := x.server.limit(func(l *Limiter) (Reason, time.Duration) { return l.Check(a) })
	if errors.As(err, &refused) && refused.reason == Closed {
		x.event(SourceClosed)
	}
	return refusal{WrongToken, refused.wait}
}

func (x exchange) event(kind EventKind) {
	s := x.server
	s.o.Events(Event{Kind: kind, At: s.o.Now(), From: x.from, Failures: s.Status().Failures})
}
