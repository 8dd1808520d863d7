package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
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
// of ctx. A refused connection is tried again for 10 s, and one that breaks off before the source said what
// it is once, since the source may be restarting its listener; a refused token never.
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
	closing []func()
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
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	defer f.close()

	if err := f.stage(Identify, "asking "+f.address+" what it is", func() (string, error) { return f.meet(ctx, raw) }); err != nil {
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

// meet identifies the source; a connection that breaks off meanwhile is made once more.
func (f *fetcher) meet(ctx context.Context, raw net.Conn) (string, error) {
	f.hold(ctx, raw)
	text, err := f.identify(ctx, raw)
	var failed *Error
	if !errors.As(err, &failed) || failed.Reason != Cut {
		return text, err
	}
	again, err := dial(ctx, f.Dial, f.address)
	if err != nil {
		return "", err
	}
	f.hold(ctx, again)
	return f.identify(ctx, again)
}

// hold keeps a connection until close, or until ctx ends the exchange.
func (f *fetcher) hold(ctx context.Context, c net.Conn) {
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	f.closing = append(f.closing, func() {
		stop()
		c.Close()
	})
}

func (f *fetcher) close() {
	for _, end := range f.closing {
		end()
	}
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
