package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"time"

	"vns3/keyset"
)

// answerTime is how long the fetching side waits for a source that was reached. It is longer than
// ExchangeTime, so that the source's own end of the exchange is seen.
const answerTime = ExchangeTime + 5*time.Second

// Options is what a fetch needs.
type Options struct {
	Source   string                                                               // HOST[:PORT], port 8000 if none
	Token    string                                                               // as typed
	Dial     func(ctx context.Context, network, address string) (net.Conn, error) // nil: net.Dialer
	Progress func(Step)                                                           // nil: nobody watches
	Guard    *TokenGuard                                                          // nil: none
	Now      func() time.Time                                                     // nil: time.Now

	stretch func(string, [keyset.SaltSize]byte, keyset.Cost) (keyset.TokenVerifier, error) // nil: keyset.Stretch
}

// Fetch brings the keyset, verified whole. Nothing is written: see Bundle.Save. Errors are *Error, or that
// of ctx. A refused connection is tried again for 10 s, since the source may be restarting its listener;
// a refused token never.
func Fetch(ctx context.Context, o Options) (*Bundle, error) {
	f := &fetcher{Options: o.withDefaults()}
	bundle, err := f.run(ctx)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	var failed *Error
	if errors.As(err, &failed) {
		failed.Source = f.Source
	}
	return bundle, err
}

func (o Options) withDefaults() Options {
	o.Source = strings.TrimSpace(o.Source)
	if o.Dial == nil {
		o.Dial = (&net.Dialer{}).DialContext
	}
	if o.Progress == nil {
		o.Progress = func(Step) {}
	}
	if o.Guard == nil {
		o.Guard = &TokenGuard{}
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.stretch == nil {
		o.stretch = keyset.Stretch
	}
	return o
}

// fetcher is one fetch as the fetching side sees it.
type fetcher struct {
	Options
	address string // HOST:PORT
	conn    *tls.Conn
	offer   offer
	payload []byte // of the offer
	token   keyset.TokenVerifier
	keys    session
}

func (f *fetcher) run(ctx context.Context) (*Bundle, error) {
	address, err := sourceAddress(f.Source)
	if err != nil {
		return nil, err
	}
	f.address = address
	if wait := f.Guard.Wait(f.address, f.Token, f.Now()); wait > 0 {
		return nil, &Error{Reason: JustRefused, Wait: wait}
	}
	raw, err := f.reach(ctx)
	if err != nil {
		return nil, err
	}
	defer raw.Close()
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { raw.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	if err := f.stage(Identify, "asking "+f.address+" what it is", func() (string, error) { return f.identify(ctx, raw) }); err != nil {
		return nil, err
	}
	if err := f.stage(Prepare, "preparing the token", f.prepare); err != nil {
		return nil, err
	}
	if err := f.stage(Prove, "proving the token to "+f.who(), f.prove); err != nil {
		return nil, err
	}
	var bundle *Bundle
	err = f.stage(Receive, "receiving and verifying keys, license, parameters", func() (text string, err error) {
		bundle, err = f.receive()
		return "keys, license and parameters are here and whole", err
	})
	return bundle, err
}

// stage does a part of the fetch and tells of it.
func (f *fetcher) stage(s Stage, text string, do func() (string, error)) error {
	f.Progress(Step{Stage: s, Text: text})
	began := f.Now()
	text, err := do()
	if err != nil {
		return err
	}
	f.Progress(Step{Stage: s, Done: true, Text: text, Took: f.Now().Sub(began)})
	return nil
}

func (f *fetcher) reach(ctx context.Context) (net.Conn, error) {
	var conn net.Conn
	err := f.stage(Reach, "reaching "+f.address, func() (text string, err error) {
		conn, err = dial(ctx, f.Dial, f.address)
		return "reached " + f.address, err
	})
	return conn, err
}

// identify makes the TLS handshake and reads the offer. The certificate proves nothing; the token does.
func (f *fetcher) identify(ctx context.Context, raw net.Conn) (string, error) {
	f.conn = tls.Client(raw, &tls.Config{
		MinVersion:             tls.VersionTLS13,
		NextProtos:             []string{ALPN},
		InsecureSkipVerify:     true,
		SessionTicketsDisabled: true,
	})
	if err := f.conn.HandshakeContext(ctx); err != nil {
		return "", handshakeError(err)
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
