//go:build linux

package netns

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

func TestMain(m *testing.M) { Main(m) }

// Two namespaces joined by a veth pair reach each other, and nobody else is there.
func TestConnect(t *testing.T) {
	a, b := New(t), New(t)
	Connect(End{NS: a, Name: "eth0", Addresses: []string{"10.0.0.1/24", "fd00::1/64"}},
		End{NS: b, Name: "eth0", Addresses: []string{"10.0.0.2/24", "fd00::2/64"}})
	for _, address := range []string{"10.0.0.2:0", "[fd00::2]:0"} {
		var server, client net.Conn
		var listener net.Listener
		var err error
		b.Run(func() { listener, err = net.Listen("tcp", address) })
		if err != nil {
			t.Fatal(err)
		}
		defer listener.Close()
		a.Run(func() { client, err = net.DialTimeout("tcp", listener.Addr().String(), 5*time.Second) })
		if err != nil {
			t.Fatalf("%s: %v", address, err)
		}
		defer client.Close()
		if server, err = listener.Accept(); err != nil {
			t.Fatal(err)
		}
		server.Close()
	}
	if links := a.Do("ip", "-o", "link"); strings.Count(links, "\n") > 2+strings.Count(links, "NOARP") {
		t.Errorf("more than lo and eth0 in the namespace:\n%s", links)
	}
}

// A rule drops packets and its removal lets them pass again; a router passes them on.
func TestRulesAndRouter(t *testing.T) {
	a, router, b := New(t), New(t), New(t)
	Connect(End{NS: a, Name: "eth0", Addresses: []string{"10.1.0.1/24"}}, End{NS: router, Name: "a", Addresses: []string{"10.1.0.254/24"}})
	Connect(End{NS: b, Name: "eth0", Addresses: []string{"10.2.0.1/24"}}, End{NS: router, Name: "b", Addresses: []string{"10.2.0.254/24"}})
	router.Forward()
	a.Route("default", "10.1.0.254")
	b.Route("10.1.0.0/24", "10.2.0.254")

	a.Do("ping", "-c1", "-W5", "10.2.0.1")
	router.Rules(`table ip t { chain c { type filter hook forward priority 0; ip protocol icmp drop; }; }`)
	if err := a.Command("ping", "-c1", "-W0.2", "10.2.0.1").Run(); err == nil {
		t.Error("a dropped ping was answered")
	}
	router.Flush()
	a.Do("ping", "-c1", "-W5", "10.2.0.1")
}

// Run leaves the thread where it found it, also when the function ends the goroutine.
func TestRunReturns(t *testing.T) {
	n := New(t)
	before, _ := os.Readlink("/proc/thread-self/ns/net")
	done := make(chan struct{})
	go func() {
		defer close(done)
		n.Run(func() {
			if here, _ := os.Readlink("/proc/thread-self/ns/net"); here == before {
				t.Error("the function does not run inside the namespace")
			}
		})
		if after, _ := os.Readlink("/proc/thread-self/ns/net"); after != before {
			t.Errorf("the thread is in %s, it was in %s", after, before)
		}
	}()
	<-done
}
