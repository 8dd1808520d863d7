package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

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
	listener, err := net.Listen("tcp", "127.83.19.7:0")
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

// A connection that the source accepted just before it restarted its listener breaks off before it says
// anything: it is made once more. One that breaks off again is told.
func TestBrokenConnectionIsTriedAgain(t *testing.T) {
	for breaks, want := range map[int]Reason{1: 0, 2: Cut} {
		w := newWorld(t, fixed{bundle: newBundle(t)})
		o := w.options(rightToken)
		made := 0
		o.Dial = func(ctx context.Context, network, address string) (net.Conn, error) {
			if made++; made <= breaks {
				here, there := net.Pipe()
				there.Close()
				return here, nil
			}
			return w.dial(ctx, network, address)
		}
		_, err := Fetch(t.Context(), o)
		var failed *Error
		switch {
		case want == 0 && err != nil:
			t.Errorf("broken off once: %v", err)
		case want != 0 && (!errors.As(err, &failed) || failed.Reason != want || made != 2):
			t.Errorf("broken off %d times: %v after %d connections", breaks, err, made)
		}
		w.wg.Wait()
	}
}
