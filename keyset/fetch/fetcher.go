package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"

	"vns3/keyset"
)

// identify makes the TLS handshake and reads the offer. The certificate proves nothing; the token does.
func (f *fetcher) identify(ctx context.Context, raw net.Conn) (string, error) {
	f.conn = tls.Client(raw, &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{ALPN},
		InsecureSkipVerify:     true,
		SessionTicketsDisabled: true,
	})
	if err := f.conn.HandshakeContext(ctx); err != nil {
		return "", exchangeError(err)
	}
	if f.conn.ConnectionState().NegotiatedProtocol != ALPN {
		return "", &Error{Reason: NotVNS3}
	}
	payload, err := f.read(frameOffer)
	if err != nil {
		return "", err
	}
	f.payload = payload
	f.offer, err = decodeOffer(payload)
	switch {
	case err != nil:
		return "", exchangeError(err)
	case f.offer.Protocol != protocol:
		return "", &Error{Reason: VersionMismatch, Cause: fmt.Errorf("it is vns3 %s", f.offer.Version)}
	}
	return fmt.Sprintf("it is vns3 %s, %s, %q", f.offer.Version, f.who(), f.offer.Topology), nil
}

// who names the source.
func (f *fetcher) who() string {
	if f.offer.ID == 0 {
		return fmt.Sprintf("controller %q", f.offer.Name)
	}
	return fmt.Sprintf("controller %d", f.offer.ID)
}

func (f *fetcher) prepare() (string, error) {
	if err := f.offer.Cost.Check(); err != nil {
		return "", &Error{Reason: Unsafe, Cause: err}
	}
	var err error
	f.token, err = f.stretch(f.Token, [keyset.SaltSize]byte(f.offer.Salt), f.offer.Cost)
	return "token prepared", err
}

func (f *fetcher) prove() (string, error) {
	ci, err := channel(f.conn)
	if err != nil {
		return "", &Error{Reason: NotVNS3, Cause: err}
	}
	hello := share{protocol: protocol, sid: random(make([]byte, halfSize))}
	sid := slices.Concat(f.offer.SID, hello.sid)
	y := newScalar([64]byte(random(make([]byte, 64))))
	hello.value = shareOf(y, generator(f.token.Stretched[:], ci, sid))
	if err := f.write(frameShare, hello.encode()); err != nil {
		return "", err
	}
	theirs, err := f.read(frameAnswer)
	if err != nil {
		return "", err
	}
	k, err := sharedSecret(y, theirs)
	if err != nil {
		return "", exchangeError(err)
	}
	t := transcript{sid: sid, shareA: hello.value, dataA: hello.data(), shareB: theirs, dataB: f.payload}
	f.keys = newSession(t.sessionKey(k))
	if err := f.write(frameProof, f.keys.proof); err != nil {
		return "", err
	}
	accept, err := f.read(frameAccept)
	if err != nil {
		f.remember(err)
		return "", err
	}
	if !equalProof(accept, f.keys.accept) {
		return "", &Error{Reason: Unproved}
	}
	return "the token is right, and the source proved it too", nil
}

// remember keeps a refused token from being tried again at once.
func (f *fetcher) remember(err error) {
	var failed *Error
	if errors.As(err, &failed) && failed.Reason == WrongToken {
		f.Guard.Refused(f.address, f.Token, f.Now())
	}
}

func (f *fetcher) receive() (*Bundle, error) {
	sealed, err := f.read(frameSealed)
	if err != nil {
		return nil, err
	}
	plain, err := f.keys.opened(sealed)
	if err != nil {
		return nil, &Error{Reason: BadBundle, Cause: errors.New("the seal is broken")}
	}
	b, err := decodeBundle(plain)
	if err != nil {
		return nil, &Error{Reason: BadBundle, Cause: err}
	}
	if b.Keyset.UUID != f.offer.Keyset {
		return nil, &Error{Reason: BadBundle, Cause: errors.New("it is another keyset than was offered")}
	}
	b.Keyset = b.Keyset.From(f.Source)
	b.Token = f.token
	return b, nil
}

// read reads the frame that must come now, or the refusal in its place.
func (f *fetcher) read(want frameType) ([]byte, error) {
	got, payload, err := readFrame(f.conn, want, frameRefused)
	if err != nil {
		return nil, exchangeError(err)
	}
	if got == want {
		return payload, nil
	}
	refused, err := decodeRefusal(payload)
	if err != nil {
		return nil, exchangeError(err)
	}
	return nil, &Error{Reason: refused.reason, Wait: refused.wait}
}

func (f *fetcher) write(t frameType, payload []byte) error {
	if err := writeFrame(f.conn, t, payload); err != nil {
		return exchangeError(err)
	}
	return nil
}
