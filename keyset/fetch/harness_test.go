package fetch

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"vns3/engine/license"
	"vns3/keyset"
)

const rightToken = "lusab-babad-gutih-tugad"

// quick stretches a token without the cost, for tests that are not about it.
func quick(token string, salt [keyset.SaltSize]byte, cost keyset.Cost) (keyset.TokenVerifier, error) {
	return keyset.TokenVerifier{Salt: salt, Cost: cost, Stretched: sha256.Sum256(append(salt[:], token...))}, nil
}

// signedTerms is a small license of a signer of its own.
func signedTerms(t testing.TB, terms license.Terms) (text, verifier string) {
	t.Helper()
	signer, verifier, err := license.GenerateSigner("acme")
	if err != nil {
		t.Fatal(err)
	}
	text, err = license.Issue(terms, signer)
	if err != nil {
		t.Fatal(err)
	}
	return text, verifier
}

// newBundle is what a source of three controllers has to give.
func newBundle(t testing.TB) *Bundle {
	t.Helper()
	text, verifier := signedTerms(t, license.Terms{
		Topology: "Acme overlay", Controllers: 3, Clientpacks: 4, Subnet: netip.MustParsePrefix("172.31.1.0/24"),
	})
	l, err := license.Parse(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	k, err := keyset.Generate(keyset.GenerateOptions{Now: time.Now(), Topology: "Acme overlay", Overlay: l.Default})
	if err != nil {
		t.Fatal(err)
	}
	token, _ := quick(rightToken, [keyset.SaltSize]byte{7}, keyset.DefaultCost)
	return &Bundle{
		Keyset: k, LicenseText: text, Verifiers: []string{verifier}, Overlay: l.Default, Finalized: true, TopologyName: "Acme overlay",
		PeeringRows: map[int]string{1: "this instance", 2: "10.0.2.10"}, SourceID: 1, SourceName: "vns3-a", Version: "1.0",
		Checksum: k.Checksum(l.Default), Token: token,
	}
}

// fixed is a Source that always answers the same.
type fixed struct {
	bundle *Bundle
	err    error
}

func (f fixed) Offer() (*Bundle, error) { return f.bundle, f.err }

// certificate is a self-signed one, as a controller has it.
var certificate = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(100 * 365 * 24 * time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
})

func serverTLS(protocols ...string) *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{certificate()}, NextProtos: protocols}
}

// at is a connection that says it comes from an address.
type at struct {
	net.Conn
	from netip.Addr
}

func (c at) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(c.from, 40000))
}

var home = netip.MustParseAddr("10.0.2.10")

// world is a source that can be dialled in memory.
type world struct {
	t      testing.TB
	server *Server
	from   netip.Addr
	mu     sync.Mutex
	events []Event
	saved  State
	wg     sync.WaitGroup
}

func newWorld(t testing.TB, source Source) *world {
	w := &world{t: t, from: home}
	w.server = NewServer(ServerOptions{
		Source: source,
		Save:   func(s State) { w.mu.Lock(); defer w.mu.Unlock(); w.saved = s },
		Events: func(e Event) { w.mu.Lock(); defer w.mu.Unlock(); w.events = append(w.events, e) },
	})
	return w
}

// dial connects to the source from w.from.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	near, far := net.Pipe()
	w.serve(far)
	return near, nil
}

func (w *world) serve(far net.Conn) {
	conn := tls.Server(at{far, w.from}, serverTLS(ALPN))
	w.wg.Go(func() { w.server.Serve(context.Background(), conn) })
}

func (w *world) options(token string) Options {
	return Options{Source: "10.0.1.10", Token: token, Dial: w.dial, stretch: quick}
}

// fetch fetches with a token; the source is through with it when fetch returns.
func (w *world) fetch(token string) (*Bundle, error) {
	defer w.wg.Wait()
	return Fetch(context.Background(), w.options(token))
}

func (w *world) count(kind EventKind) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, e := range w.events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// wantReason checks why a fetch failed.
func wantReason(t testing.TB, err error, want Reason) *Error {
	t.Helper()
	var failed *Error
	if !errors.As(err, &failed) || failed.Reason != want {
		t.Fatalf("error is %v, want %v", err, want)
	}
	return failed
}
