package fetch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"reflect"
	"strings"
	"syscall"
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

// Proves that each way in which a source cannot be reached has a reason of its own.
func TestUnreachable(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want Reason
		took time.Duration
	}{
		"refused":  {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}, ConnectionRefused, refusedFor},
		"timeout":  {&net.OpError{Op: "dial", Err: os.ErrDeadlineExceeded}, TimedOut, 0},
		"no name":  {&net.OpError{Op: "dial", Err: &net.DNSError{IsNotFound: true}}, NoSuchName, 0},
		"no DNS":   {&net.OpError{Op: "dial", Err: &net.DNSError{IsTimeout: true}}, Unreachable, 0},
		"no route": {&net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)}, Unreachable, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: func(context.Context, string, string) (net.Conn, error) {
					return nil, c.err
				}})
				wantReason(t, err, c.want)
				if took := time.Since(began); took != c.took {
					t.Errorf("took %v, want %v", took, c.took)
				}
			})
		})
	}
	t.Run("silent", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				go io.Copy(io.Discard, far)
				return near, nil
			}})
			wantReason(t, err, TimedOut)
		})
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		_, err := Fetch(ctx, Options{Source: "10.0.1.10", Token: rightToken, Dial: func(context.Context, string, string) (net.Conn, error) {
			cancel()
			return nil, syscall.ECONNREFUSED
		}})
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error is %v, want that of the context", err)
		}
	})
}

// Proves that the reasons are found in what the kernel says.
func TestDialErrorOfTheKernel(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	listener.Close()
	_, err = net.Dial("tcp", listener.Addr().String())
	if got := dialError(err); got.Reason != ConnectionRefused {
		t.Errorf("%v is taken as %v", err, got.Reason)
	}
	ctx, cancel := context.WithDeadline(t.Context(), time.Now())
	defer cancel()
	_, err = (&net.Dialer{}).DialContext(ctx, "tcp", listener.Addr().String())
	if got := dialError(err); got.Reason != TimedOut {
		t.Errorf("%v is taken as %v", err, got.Reason)
	}
}

// Proves that both sides end at once when they are told to, in the middle of an exchange.
func TestCancelledExchange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		near, far := net.Pipe()
		fetched, served := make(chan error), make(chan error)
		go func() {
			o := Options{Source: "10.0.1.10", Token: rightToken, Dial: func(context.Context, string, string) (net.Conn, error) { return near, nil }}
			_, err := Fetch(ctx, o)
			fetched <- err
		}()
		silent, farSilent := net.Pipe()
		go io.Copy(io.Discard, far)
		go io.Copy(io.Discard, silent)
		go func() {
			server := NewServer(ServerOptions{Source: fixed{err: ErrNoKeyset}})
			served <- server.Serve(ctx, tlsServer(at{farSilent, home}, ALPN))
		}()
		synctest.Wait()
		cancel()
		if err := <-fetched; !errors.Is(err, context.Canceled) {
			t.Errorf("the fetching side ended with %v", err)
		}
		if err := <-served; err == nil {
			t.Error("the source was content")
		}
		if took := time.Since(began); took != 0 {
			t.Errorf("took %v", took)
		}
		far.Close()
		silent.Close()
	})
}

// Proves that a source which restarts its listener meanwhile is reached, and that it is asked only once.
func TestRefusedConnectionIsTriedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, fixed{bundle: newBundle(t)})
		back := time.Now().Add(8 * time.Second)
		o := w.options(rightToken)
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if time.Now().Before(back) {
				return nil, syscall.ECONNREFUSED
			}
			return w.dial(ctx, network, address)
		}
		if _, err := Fetch(t.Context(), o); err != nil {
			t.Error(err)
		}
		w.wg.Wait()
	})
}

// Proves that programs other than vns3 are told apart from a broken fetch.
func TestGarbage(t *testing.T) {
	for name, answer := range map[string]string{
		"http":     "HTTP/1.1 400 Bad Request\r\n\r\n",
		"ssh":      "SSH-2.0-OpenSSH_9.6\r\n",
		"zeroes":   strings.Repeat("\x00", 64),
		"binary":   strings.Repeat("\xff\x16\x03", 64),
		"oversize": "\x16\x03\x03\xff\xff" + strings.Repeat("x", 70000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
				go io.Copy(io.Discard, c)
				io.WriteString(c, answer)
			})})
			wantReason(t, err, NotVNS3)
		})
	}
	inTLS := map[string][]byte{
		"type":     {99, 0, 0, 0, 0},
		"length":   {byte(frameOffer), 0xff, 0xff, 0xff, 0xff},
		"json":     append([]byte{byte(frameOffer), 0, 0, 0, 3}, "{]}"...),
		"no salt":  append([]byte{byte(frameOffer), 0, 0, 0, 14}, `{"protocol":1}`...),
		"too soon": {byte(frameAccept), 0, 0, 0, 0},
		"refusal":  {byte(frameRefused), 0, 0, 0, 5, byte(Cut), 0, 0, 0, 0},
	}
	for name, frame := range inTLS {
		t.Run("in TLS "+name, func(t *testing.T) {
			_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
				secure := tlsServer(c, ALPN)
				secure.Write(frame)
			})})
			wantReason(t, err, NotVNS3)
		})
	}
	t.Run("another ALPN", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
			tlsServer(c, "h2", "http/1.1").Handshake()
		})})
		wantReason(t, err, NotVNS3)
	})
	t.Run("another version", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
			writeFrame(tlsServer(c, ALPN), frameOffer, offer{Protocol: 2, Version: "9.0"}.encode())
		})})
		if failed := wantReason(t, err, VersionMismatch); !strings.Contains(failed.Error(), "9.0") {
			t.Errorf("%v does not name the version", failed)
		}
	})
	t.Run("a share of the identity", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, stretch: quick, Dial: answering(func(c net.Conn) {
			secure := tlsServer(c, ALPN)
			writeFrame(secure, frameOffer, newBundle(t).offer(make([]byte, halfSize)).encode())
			readFrame(secure, frameShare)
			writeFrame(secure, frameAnswer, make([]byte, shareSize))
		})})
		wantReason(t, err, NotVNS3)
	})
	t.Run("a source without the token", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, stretch: quick, Dial: answering(func(c net.Conn) {
			secure := tlsServer(c, ALPN)
			if err := secure.Handshake(); err != nil {
				t.Error(err)
			}
			bundle := newBundle(t)
			x := exchange{server: NewServer(ServerOptions{}), conn: secure}
			bundle.Token.Stretched[0]++
			keys, err := x.agree(bundle)
			if err != nil {
				t.Error(err)
			}
			readFrame(secure, frameProof)
			writeFrame(secure, frameAccept, keys.accept)
		})})
		wantReason(t, err, Unproved)
	})
}

// Proves that a program of another version is told so by the source.
func TestSourceRefusesOtherVersions(t *testing.T) {
	w := newWorld(t, fixed{bundle: newBundle(t)})
	secure := w.connect(t)
	if _, _, err := readFrame(secure, frameOffer); err != nil {
		t.Fatal(err)
	}
	writeFrame(secure, frameShare, share{protocol: 2, sid: make([]byte, halfSize), value: make([]byte, shareSize)}.encode())
	_, payload, err := readFrame(secure, frameRefused)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeRefusal(payload); err != nil || got.reason != VersionMismatch {
		t.Errorf("refused with %v, %v; want %v", got.reason, err, VersionMismatch)
	}
	secure.NetConn().Close()
	w.wg.Wait()
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
