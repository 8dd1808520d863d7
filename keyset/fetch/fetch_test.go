package fetch

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"vns3/keyset"
)

// Proves that with the right token everything arrives, and that the stages are told in their order.
func TestFetch(t *testing.T) {
	source := newBundle(t)
	w := newWorld(t, fixed{bundle: source})
	o := w.options(rightToken)
	var done []Stage
	var texts []string
	o.Progress = func(s Step) {
		if s.Done {
			done, texts = append(done, s.Stage), append(texts, s.Text)
		}
	}
	got, err := Fetch(t.Context(), o)
	w.wg.Wait()
	if err != nil {
		t.Fatal(err)
	}
	if got.Keyset.Source != "10.0.1.10" {
		t.Errorf("the keyset's source is %q, want the address fetched from", got.Keyset.Source)
	}
	got.Keyset = got.Keyset.From(keyset.Generated)
	if !reflect.DeepEqual(got, source) {
		t.Errorf("fetched %+v, want %+v", got, source)
	}
	if !reflect.DeepEqual(done, Stages) {
		t.Errorf("stages done: %v, want %v", done, Stages)
	}
	if want := `it is vns3 1.0, controller 1, "Acme overlay"`; texts[Identify] != want {
		t.Errorf("identified as %q, want %q", texts[Identify], want)
	}
	if w.count(Served) != 1 || w.server.Status().Failures != 0 {
		t.Errorf("events %v, status %+v", w.events, w.server.Status())
	}
}

// Proves that the real stretching on both sides meets, over real TCP.
func TestFetchOverTCP(t *testing.T) {
	bundle := newBundle(t)
	token, err := keyset.Stretch("  "+rightToken+"\n", [keyset.SaltSize]byte{9}, keyset.FloorCost)
	if err != nil {
		t.Fatal(err)
	}
	bundle.Token = token
	w := newWorld(t, fixed{bundle: bundle})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	w.wg.Go(func() {
		conn, err := listener.Accept()
		if err == nil {
			w.serve(conn)
		}
	})
	got, err := Fetch(t.Context(), Options{Source: listener.Addr().String(), Token: rightToken})
	if err != nil {
		t.Fatal(err)
	}
	w.wg.Wait()
	if got.Token != token || got.Checksum != bundle.Checksum {
		t.Error("what arrived is not what was offered")
	}
}

// Proves that a wrong token is told as such, counts once, and is not sent again for a minute.
func TestWrongToken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fixed{bundle: newBundle(t)})
		guard := &TokenGuard{}
		fetch := func(token string) error {
			o := w.options(token)
			o.Guard = guard
			_, err := Fetch(t.Context(), o)
			w.wg.Wait()
			return err
		}
		wantReason(t, fetch("wrong"), WrongToken)
		if got := w.server.Status(); got.Failures != 1 || got.LastFrom != home {
			t.Errorf("status %+v, want one failure from %v", got, home)
		}
		if w.saved.Failures != 1 {
			t.Errorf("saved %+v, want one failure", w.saved)
		}
		if refused := wantReason(t, fetch("wrong"), JustRefused); refused.Wait != GuardTime {
			t.Errorf("wait %v, want %v", refused.Wait, GuardTime)
		}
		time.Sleep(GuardTime - 1)
		wantReason(t, fetch("wrong"), JustRefused)
		if got := w.server.Status().Failures; got != 1 {
			t.Errorf("%d failures at the source, want still one", got)
		}
		time.Sleep(1)
		wantReason(t, fetch("wrong"), WrongToken)
		if err := fetch(rightToken); err != nil {
			t.Errorf("the right token: %v", err)
		}
		if got := w.server.Status().Failures; got != 0 {
			t.Errorf("%d failures after the right token, want none", got)
		}
	})
}

// Proves that what a source cannot or will not do has a reason of its own.
func TestRefusals(t *testing.T) {
	bundle := newBundle(t)
	closed := State{Failures: CloseAfter}
	unsafe := *bundle
	unsafe.Token.Cost.MemoryKiB = 8
	huge := *bundle
	huge.Token.Cost.MemoryKiB = 1 << 30
	foreign := *bundle
	foreign.LicenseText = strings.Replace(bundle.LicenseText, "controllers: 3", "controllers: 4", 1)
	wrongSum := *bundle
	wrongSum.Checksum[0]++
	for name, c := range map[string]struct {
		source Source
		state  State
		want   Reason
	}{
		"no keyset":      {fixed{err: ErrNoKeyset}, State{}, NoKeyset},
		"unavailable":    {fixed{err: errors.New("disk")}, State{}, Unavailable},
		"closed":         {fixed{bundle: bundle}, closed, Closed},
		"weak cost":      {fixed{bundle: &unsafe}, State{}, Unsafe},
		"huge cost":      {fixed{bundle: &huge}, State{}, Unsafe},
		"bad license":    {fixed{bundle: &foreign}, State{}, BadBundle},
		"wrong checksum": {fixed{bundle: &wrongSum}, State{}, BadBundle},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, c.source)
			w.server.limiter = NewLimiter(c.state)
			_, err := w.fetch(rightToken)
			wantReason(t, err, c.want)
		})
	}
}

// Proves that no secret stands in an error, a progress text, an event or what is saved.
func TestNoSecretIsTold(t *testing.T) {
	bundle := newBundle(t)
	w := newWorld(t, fixed{bundle: bundle})
	var told bytes.Buffer
	const wrong = "my-wrong-token-1234"
	for _, token := range []string{wrong, rightToken} {
		o := w.options(token)
		o.Progress = func(s Step) { fmt.Fprintf(&told, "%+v\n", s) }
		got, err := Fetch(t.Context(), o)
		fmt.Fprintf(&told, "%v %+v %#v\n", err, got, got)
		w.wg.Wait()
	}
	fmt.Fprintf(&told, "%+v %+v %+v", w.events, w.saved, w.server.Status())
	for _, secret := range []string{wrong, rightToken, bundle.Token.Stretched.Hex(), bundle.Token.Stretched.Base64(),
		fmt.Sprint([32]byte(bundle.Token.Stretched)), bundle.Keyset.Probe().Hex()} {
		if strings.Contains(told.String(), secret) {
			t.Errorf("a secret was told: %s", told.String())
		}
	}
}
