package tunnel

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/miekg/dns"
)

// nameServer answers from a table until the test ends.
func nameServer(t *testing.T, table map[string][]string) netip.AddrPort {
	t.Helper()
	packets, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dns.Server{PacketConn: packets, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, request *dns.Msg) {
		answer := new(dns.Msg).SetReply(request)
		question := request.Question[0]
		texts, known := table[question.Name]
		if !known {
			answer.Rcode = dns.RcodeNameError
		}
		for _, text := range texts {
			kind := "A"
			if strings.Contains(text, ":") {
				kind = "AAAA"
			}
			if dns.StringToType[kind] == question.Qtype {
				rr, err := dns.NewRR(question.Name + " 1 IN " + kind + " " + text)
				if err != nil {
					t.Error(err)
				}
				answer.Answer = append(answer.Answer, rr)
			}
		}
		if err := w.WriteMsg(answer); err != nil {
			t.Error(err)
		}
	})}
	done := make(chan error, 1)
	started := make(chan struct{})
	server.NotifyStartedFunc = func() { close(started) }
	go func() { done <- server.ActivateAndServe() }()
	<-started
	t.Cleanup(func() {
		server.Shutdown()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return packets.LocalAddr().(*net.UDPAddr).AddrPort()
}

// A name gives all its addresses in a fixed order; a literal itself; a failure says what is wrong.
func TestResolve(t *testing.T) {
	r := NewResolverAt(nameServer(t, map[string][]string{
		"many.example.": {"10.0.0.3", "fd00::2", "10.0.0.1", "fd00::1"},
		"four.example.": {"10.0.0.4"},
		"six.example.":  {"fd00::6"},
	}))
	for name, want := range map[string][]netip.Addr{
		"many.example": addrs("10.0.0.1", "10.0.0.3", "fd00::1", "fd00::2"),
		"four.example": addrs("10.0.0.4"),
		"six.example":  addrs("fd00::6"),
		"192.0.2.1":    addrs("192.0.2.1"),
		"2001:db8::1":  addrs("2001:db8::1"),
	} {
		if got, err := r.Resolve(t.Context(), name); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: %v, %v; want %v", name, got, err, want)
		}
	}
	if _, err := r.Resolve(t.Context(), "none.example"); err == nil || !strings.Contains(err.Error(), "none.example does not resolve") ||
		!strings.Contains(err.Error(), "check the name") {
		t.Errorf("an unknown name: %v", err)
	}
}

// A server that does not answer is a failure of its own, and bounded by the context.
func TestResolveTimeout(t *testing.T) {
	silent, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	_, err = NewResolverAt(silent.LocalAddr().(*net.UDPAddr).AddrPort()).Resolve(ctx, "slow.example")
	if err == nil || !strings.Contains(err.Error(), "no name server answered") {
		t.Errorf("error %v", err)
	}
}

// Nobody listens at the name server: the reason is told in a few words, each thing once.
func TestResolveRefused(t *testing.T) {
	gone, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := gone.LocalAddr().(*net.UDPAddr).AddrPort()
	gone.Close()
	_, err = NewResolverAt(server).Resolve(t.Context(), "some.example")
	if err == nil || !strings.HasPrefix(err.Error(), "some.example does not resolve: name server ") ||
		!strings.HasSuffix(err.Error(), ": connection refused: check /etc/resolv.conf") {
		t.Errorf("error %q", err)
	}
}

// Where it is not known which name server was asked, none is named.
func TestResolveServerUnknown(t *testing.T) {
	err := explain("some.example", &net.DNSError{Err: "server misbehaving", Name: "some.example", IsTemporary: true})
	if want := "some.example does not resolve: server misbehaving: check /etc/resolv.conf"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
}
