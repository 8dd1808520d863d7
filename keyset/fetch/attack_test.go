package fetch

import (
	"context"
	"crypto/tls"
	"net"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Proves that a man in the middle with a TLS connection to either side learns nothing and gets nothing:
// the proofs do not match, although both sides know the token.
func TestManInTheMiddle(t *testing.T) {
	w := newWorld(t, fixed{bundle: newBundle(t)})
	var relayed []frameType
	o := w.options(rightToken)
	o.Dial = answering(func(victim net.Conn) {
		towardsVictim, towardsSource := tlsServer(victim, ALPN), w.connect(t)
		defer towardsSource.NetConn().Close()
		for _, leg := range []struct {
			from, to net.Conn
			frame    frameType
		}{
			{towardsSource, towardsVictim, frameOffer}, {towardsVictim, towardsSource, frameShare},
			{towardsSource, towardsVictim, frameAnswer}, {towardsVictim, towardsSource, frameProof},
			{towardsSource, towardsVictim, frameAccept},
		} {
			got, payload, err := readFrame(leg.from, leg.frame, frameRefused)
			if err != nil {
				t.Error(err)
			}
			relayed = append(relayed, got)
			writeFrame(leg.to, got, payload)
		}
	})
	_, err := Fetch(t.Context(), o)
	w.wg.Wait()
	wantReason(t, err, WrongToken)
	if last := relayed[len(relayed)-1]; last != frameRefused {
		t.Errorf("the source answered the proof with frame %d, want a refusal", last)
	}
	if got := w.server.Status().Failures; got != 1 {
		t.Errorf("%d failures counted, want 1", got)
	}
}

// Proves that what a fetching side once sent is of no use in another connection.
func TestReplay(t *testing.T) {
	bundle := newBundle(t)
	w := newWorld(t, fixed{bundle: bundle})
	if _, err := w.fetch(rightToken); err != nil {
		t.Fatal(err)
	}
	first := w.prover(t)
	shareFrame, proofFrame := first.share(t, rightToken, bundle), first.proof
	first.send(t, proofFrame)
	first.close()

	again := w.prover(t)
	if err := writeFrame(again.conn, frameShare, shareFrame); err != nil {
		t.Fatal(err)
	}
	if _, _, err := readFrame(again.conn, frameAnswer); err != nil {
		t.Fatal(err)
	}
	if got := again.send(t, proofFrame); got.reason != WrongToken {
		t.Errorf("the replayed proof was answered with %v, want %v", got.reason, WrongToken)
	}
	again.close()
	w.wg.Wait()
}

// prover is a fetching side taken apart: it can stop between share and proof.
type prover struct {
	fetcher
	proof []byte
}

func (w *world) prover(t testing.TB) *prover {
	t.Helper()
	p := &prover{fetcher: fetcher{Options: w.options(rightToken).withDefaults()}}
	p.conn = w.connect(t)
	payload, err := p.read(frameOffer)
	if err != nil {
		t.Fatal(err)
	}
	p.payload = payload
	if p.offer, err = decodeOffer(payload); err != nil {
		t.Fatal(err)
	}
	return p
}

// share sends a share under the token and keeps the proof that belongs to it.
func (p *prover) share(t testing.TB, token string, b *Bundle) []byte {
	t.Helper()
	ci, err := channel(p.conn)
	if err != nil {
		t.Fatal(err)
	}
	verifier, _ := quick(token, b.Token.Salt, b.Token.Cost)
	hello := share{protocol: protocol, sid: random(make([]byte, halfSize))}
	sid := slices.Concat(p.offer.SID, hello.sid)
	y := newScalar([64]byte(random(make([]byte, 64))))
	hello.value = shareOf(y, generator(verifier.Stretched[:], ci, sid))
	if err := writeFrame(p.conn, frameShare, hello.encode()); err != nil {
		t.Fatal(err)
	}
	theirs, err := p.read(frameAnswer)
	if err != nil {
		t.Fatal(err)
	}
	k, err := sharedSecret(y, theirs)
	if err != nil {
		t.Fatal(err)
	}
	tr := transcript{sid: sid, shareA: hello.value, dataA: hello.data(), shareB: theirs, dataB: p.payload}
	p.proof = newSession(tr.sessionKey(k)).proof
	return hello.encode()
}

// send sends a proof and returns the refusal; reason 0 if it was accepted.
func (p *prover) send(t testing.TB, proof []byte) refusal {
	t.Helper()
	if err := writeFrame(p.conn, frameProof, proof); err != nil {
		t.Fatal(err)
	}
	got, payload, err := readFrame(p.conn, frameAccept, frameRefused)
	if err != nil {
		t.Fatal(err)
	}
	if got == frameAccept {
		return refusal{}
	}
	refused, err := decodeRefusal(payload)
	if err != nil {
		t.Fatal(err)
	}
	return refused
}

func (p *prover) close() { p.conn.NetConn().Close() }

// Proves that guesses sent at the same time do not outrun the limits: of eight proofs in flight only the
// free ones are looked at, and the right token is then refused like a wrong one.
func TestParallelGuesses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bundle := newBundle(t)
		w := newWorld(t, fixed{bundle: bundle})
		var guesses []*prover
		for range MaxOpen {
			p := w.prover(t)
			p.share(t, "guess", bundle)
			guesses = append(guesses, p)
		}
		var mu sync.Mutex
		answers := map[Reason]int{}
		var wg sync.WaitGroup
		for _, p := range guesses {
			wg.Go(func() {
				got := p.send(t, p.proof)
				mu.Lock()
				answers[got.reason]++
				mu.Unlock()
				p.close()
			})
		}
		wg.Wait()
		w.wg.Wait()
		if answers[WrongToken] != FreeFailures || answers[RateLimited] != MaxOpen-FreeFailures {
			t.Errorf("answers %v, want %d looked at and the rest rate limited", answers, FreeFailures)
		}
		if got := w.count(TokenRefused); got != FreeFailures {
			t.Errorf("%d failures told, want %d", got, FreeFailures)
		}
		_, err := w.fetch(rightToken)
		if failed := wantReason(t, err, RateLimited); failed.Wait != FirstWait {
			t.Errorf("wait %v, want %v", failed.Wait, FirstWait)
		}
		time.Sleep(FirstWait)
		if _, err := w.fetch(rightToken); err != nil {
			t.Errorf("after the wait: %v", err)
		}
	})
}

// Proves that eight exchanges that stand still keep others of their budget out for 10 s and no longer,
// and others of the other budget not at all.
func TestStandingExchanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fixed{bundle: newBundle(t)})
		for range MaxOpen {
			w.prover(t)
		}
		try := func() error {
			_, err := Fetch(context.Background(), w.options(rightToken))
			return err
		}
		wantReason(t, try(), Busy)
		w.from = stranger
		if err := try(); err != nil {
			t.Errorf("from the other budget: %v", err)
		}
		w.from = home
		time.Sleep(ExchangeTime - 1)
		wantReason(t, try(), Busy)
		time.Sleep(1)
		synctest.Wait()
		if err := try(); err != nil {
			t.Errorf("after %v: %v", ExchangeTime, err)
		}
		w.wg.Wait()
	})
}

// Proves that the failure which closes the source is told once, and that re-arming opens it.
func TestCloseAndRearm(t *testing.T) {
	w := newWorld(t, fixed{bundle: newBundle(t)})
	w.server.limiter = NewLimiter(State{Failures: CloseAfter - 1})
	_, err := w.fetch("wrong")
	wantReason(t, err, WrongToken)
	_, err = w.fetch(rightToken)
	wantReason(t, err, Closed)
	if w.server.Status().Open || w.count(SourceClosed) != 1 {
		t.Errorf("status %+v, events %v: want closed, told once", w.server.Status(), w.events)
	}
	if restarted := NewServer(ServerOptions{State: w.saved}); restarted.Status().Open {
		t.Error("a restart opened the source")
	}
	w.server.Rearm()
	if w.count(SourceRearmed) != 1 || w.saved.Failures != 0 {
		t.Errorf("events %v, saved %+v: want re-armed", w.events, w.saved)
	}
	if _, err := w.fetch(rightToken); err != nil {
		t.Error(err)
	}
}

// Proves that a source answers nobody who did not ask for a fetch, in a TLS 1.3 session of its own.
func TestUnboundConnections(t *testing.T) {
	for name, config := range map[string]*tls.Config{
		"no ALPN": {InsecureSkipVerify: true},
		"TLS 1.2": {InsecureSkipVerify: true, NextProtos: []string{ALPN}, MaxVersion: tls.VersionTLS12},
	} {
		t.Run(name, func(t *testing.T) {
			server := NewServer(ServerOptions{Source: fixed{bundle: newBundle(t)}})
			near, far := net.Pipe()
			lenient := serverTLS(ALPN)
			lenient.MinVersion = tls.VersionTLS12
			served := make(chan error, 1)
			go func() { served <- server.Serve(context.Background(), tls.Server(at{far, home}, lenient)) }()
			client := tls.Client(near, config)
			if err := client.Handshake(); err != nil {
				t.Fatal(err)
			}
			if _, _, err := readFrame(client, frameOffer); err == nil {
				t.Error("the source made an offer")
			}
			if err := <-served; err == nil {
				t.Error("the source was content")
			}
		})
	}
}
