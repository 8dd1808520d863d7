package fetch

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vns3/engine/license"
	"vns3/keyset"
	"vns3/overlay"
)

func storesIn(dir string) Stores {
	return Stores{Keyset: keyset.NewStore(dir), License: license.Open(dir, nil), Now: time.Now()}
}

// Proves that what was fetched can be given on: after Save the controller has keyset, token and license.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	b := newBundle(t)
	if err := b.Save(storesIn(dir)); err != nil {
		t.Fatal(err)
	}
	again := storesIn(dir)
	k, token, err := again.Keyset.Load()
	if err != nil {
		t.Fatal(err)
	}
	if k.Checksum(again.License.State().Parameters) != b.Checksum || token != b.Token {
		t.Error("what was saved has another checksum or token than what was fetched")
	}
	if s := again.License.State(); s.Problem != nil || !s.Finalized || len(s.Pinned) != 1 {
		t.Errorf("license %+v, want the fetched one, finalized, its signer pinned", s)
	}
	if err := newBundle(t).Save(again); !errors.Is(err, keyset.ErrExists) {
		t.Errorf("a second keyset: %v, want %v", err, keyset.ErrExists)
	}
	if got := storesIn(dir).License.State().License.Text; got != b.LicenseText {
		t.Error("the refused keyset left its license")
	}
}

// Proves that a license which is not trusted here keeps the keyset out.
func TestSaveRefusesForeignLicense(t *testing.T) {
	dir := t.TempDir()
	_, stranger := signedTerms(t, license.Terms{Topology: "x", Controllers: 1, Subnet: newBundle(t).Overlay.Subnet})
	to := storesIn(dir)
	to.License.Trust([]string{stranger})
	var foreign *license.ForeignError
	if err := newBundle(t).Save(to); !errors.As(err, &foreign) {
		t.Errorf("saved with %v, want a foreign signer", err)
	}
	if to.Keyset.Exists() || to.License.State().Present {
		t.Error("something was saved")
	}
}

// Proves that of several fetches at once into one controller exactly one wins, whole.
func TestFetchTwiceAtOnce(t *testing.T) {
	dir := t.TempDir()
	to := storesIn(dir)
	var wg sync.WaitGroup
	results := make(chan error, 4)
	sums := map[keyset.Checksum]bool{}
	for range cap(results) {
		bundle := newBundle(t) // topologies of their own: mixing two would show
		sums[bundle.Checksum] = true
		w := newWorld(t, fixed{bundle: bundle})
		wg.Go(func() {
			got, err := w.fetch(rightToken)
			if err == nil {
				err = got.Save(to)
			}
			results <- err
		})
	}
	wg.Wait()
	won := 0
	for range cap(results) {
		switch err := <-results; {
		case err == nil:
			won++
		case !errors.Is(err, keyset.ErrExists):
			t.Error(err)
		}
	}
	if won != 1 {
		t.Errorf("%d fetches won, want one", won)
	}
	wantWhole(t, dir, sums)
}

// wantWhole checks that the data directory holds the whole of one of the topologies.
func wantWhole(t testing.TB, dir string, sums map[keyset.Checksum]bool) {
	t.Helper()
	s := storesIn(dir)
	k, _, err := s.Keyset.Load()
	if err != nil {
		t.Fatal(err)
	}
	if state := s.License.State(); state.Problem != nil || !sums[k.Checksum(state.Parameters)] {
		t.Errorf("the license %+v does not belong to the keyset", state)
	}
}

// Proves that a fetch which is cut after any byte, in either direction, leaves no keyset, or the whole one.
func TestCutAtAnyByte(t *testing.T) {
	w := newWorld(t, fixed{bundle: newBundle(t)})
	var read, written int
	o := w.options(rightToken)
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := w.dial(ctx, network, address)
		return counter{conn, &read, &written}, err
	}
	if _, err := Fetch(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	w.wg.Wait()
	stride := 1
	if testing.Short() {
		stride = 17
	}
	for n := 0; n < read; n += stride {
		w.cutAt(t, n, -1)
	}
	for n := 0; n < written; n += stride {
		w.cutAt(t, -1, n)
	}
	t.Logf("cut after each of %d bytes read and %d written", read, written)
}

// cutAt fetches over a connection that ends after some bytes read or written.
func (w *world) cutAt(t *testing.T, reading, writing int) {
	o := w.options(rightToken)
	o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := w.dial(ctx, network, address)
		return &cutter{conn, reading, writing}, err
	}
	b, err := Fetch(context.Background(), o)
	w.wg.Wait()
	if err == nil {
		err = b.verify() // the handshake's sizes vary by a few bytes: it may have come through whole
		if err == nil && b.Checksum == b.Keyset.Checksum(b.Overlay) {
			return
		}
		t.Errorf("cut after %d read, %d written: an incomplete bundle was taken: %v", reading, writing, err)
	}
	var failed *Error
	if !errors.As(err, &failed) || failed.Reason != Cut {
		t.Errorf("cut after %d read, %d written: %v, want it told as cut", reading, writing, err)
	}
	if w.server.Status().Failures != 0 {
		t.Errorf("cut after %d read, %d written: counted as a wrong token", reading, writing)
		w.server.Rearm()
	}
}

// Proves that a crash between the files of a bundle leaves no keyset, and that the next fetch succeeds.
func TestSaveAfterCrash(t *testing.T) {
	dir := t.TempDir()
	b := newBundle(t)
	to := storesIn(dir)
	if err := b.Save(to); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(to.Keyset.Dir(), "keyset")); err != nil { // as if it had not come to that
		t.Fatal(err)
	}
	if _, _, err := to.Keyset.Load(); !errors.Is(err, keyset.ErrNone) {
		t.Errorf("loaded with %v, want %v", err, keyset.ErrNone)
	}
	next := newBundle(t)
	if err := next.Save(storesIn(dir)); err != nil {
		t.Fatal(err)
	}
	wantWhole(t, dir, map[keyset.Checksum]bool{next.Checksum: true})
}

// Proves that the bundle of the largest license fits a frame.
func TestLargestBundleFits(t *testing.T) {
	b := newBundle(t)
	terms := license.Terms{Topology: "Acme overlay", Controllers: 9, Clientpacks: license.MaxClientpacks, Subnet: netip.MustParsePrefix("100.64.0.0/15")}
	b.LicenseText, b.Verifiers[0] = signedTerms(t, terms)
	l, err := license.Parse(b.LicenseText, b.Verifiers)
	if err != nil {
		t.Fatal(err)
	}
	b.Overlay = l.Default
	b.Keyset, err = keyset.Generate(keyset.GenerateOptions{Now: time.Now(), Topology: "Acme overlay", Overlay: b.Overlay})
	if err != nil {
		t.Fatal(err)
	}
	b.Checksum = b.Keyset.Checksum(b.Overlay)
	data := b.encode()
	if len(data) > maxSealed/10*9 {
		t.Errorf("the bundle has %d bytes of %d", len(data), maxSealed)
	}
	if _, err := newWorld(t, fixed{bundle: b}).fetch(rightToken); err != nil {
		t.Error(err)
	}
}

// Proves that a bundle is refused whole if any part of it is wrong.
func TestBundleIsVerified(t *testing.T) {
	for name, spoil := range map[string]func(*Bundle){
		"overlay":  func(b *Bundle) { b.Overlay.VIP = b.Overlay.Controllers[0].Address },
		"no world": func(b *Bundle) { b.Overlay = overlay.Parameters{} },
		"license":  func(b *Bundle) { b.LicenseText = "none" },
		"verifier": func(b *Bundle) { b.Verifiers = []string{"other+1+1"} },
		"own ID":   func(b *Bundle) { b.SourceID = 10 },
		"row":      func(b *Bundle) { b.PeeringRows = map[int]string{2: "http://x"} },
		"row ID":   func(b *Bundle) { b.PeeringRows = map[int]string{10: "10.0.0.1"} },
		"checksum": func(b *Bundle) { b.Checksum[3] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBundle(t)
			spoil(b)
			if _, err := decodeBundle(b.encode()); err == nil {
				t.Error("the bundle was taken")
			}
		})
	}
	if _, err := decodeBundle(newBundle(t).encode()); err != nil {
		t.Errorf("an unspoilt bundle: %v", err)
	}
}
