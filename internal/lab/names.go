package lab

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"sync"

	"github.com/miekg/dns"
)

// Names is a name server at the router. It knows the names that it was told, and no others.
type Names struct {
	mu      sync.Mutex
	records map[string][]netip.Addr
}

// Names starts a name server. Machines ask it after Machine.Ask.
func (l *Lab) Names() *Names {
	l.t.Helper()
	var socket net.PacketConn
	var err error
	l.Router.Run(func() { socket, err = net.ListenPacket("udp", ":53") })
	if err != nil {
		l.t.Fatal(err)
	}
	n := &Names{records: map[string][]netip.Addr{}}
	server := &dns.Server{PacketConn: socket, Handler: n}
	ended := make(chan error, 1)
	go func() { ended <- server.ActivateAndServe() }()
	l.t.Cleanup(func() {
		socket.Close()
		<-ended // it ends with its socket
	})
	return n
}

// Set says where a name leads; without an address it leads nowhere.
func (n *Names) Set(name string, addresses ...string) {
	var records []netip.Addr
	for _, a := range addresses {
		records = append(records, netip.MustParseAddr(a))
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.records[dns.Fqdn(name)] = records
}

// ServeDNS answers a question.
func (n *Names) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	answer := new(dns.Msg)
	answer.SetReply(question)
	n.mu.Lock()
	defer n.mu.Unlock()
	q := question.Question[0]
	addresses := n.records[q.Name]
	if len(addresses) == 0 {
		answer.Rcode = dns.RcodeNameError
	}
	for _, a := range addresses {
		if q.Qtype == dns.TypeA {
			answer.Answer = append(answer.Answer, &dns.A{Hdr: dns.RR_Header{Name: q.Name, Rrtype: q.Qtype, Class: q.Qclass}, A: a.AsSlice()})
		}
	}
	_ = w.WriteMsg(answer) // an answer may be lost
}

// Ask gives the machine an /etc/resolv.conf of its own, which names the lab's name server. Call it
// before Start.
func (m *Machine) Ask() {
	m.t.Helper()
	path := filepath.Join(m.Dir, "resolv.conf")
	if err := os.WriteFile(path, []byte(fmt.Sprintf("nameserver 10.0.%d.1\noptions timeout:1\n", m.ID)), 0o644); err != nil {
		m.t.Fatal(err)
	}
	m.Prefix = []string{"unshare", "-m", "sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, path}
}
