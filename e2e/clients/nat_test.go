//go:build linux

package clients

import (
	"strings"
	"testing"
	"time"

	"vns3/internal/lab"
	"vns3/status"
)

// TestTakeoverBehindNAT proves that the standby peers of a clientpack keep a NAT and a firewall open, so
// that a stock client behind either is taken over like any other.
func TestTakeoverBehindNAT(t *testing.T) {
	for name, rules := range map[string]string{"masquerade with random ports": lab.Masquerade, "established only": lab.EstablishedOnly} {
		t.Run(name, func(t *testing.T) {
			l := lab.New(t, 3)
			l.Mesh()
			a, b := l.ClientBeyond(1, rules), l.Client(2)
			join(l, a, b)
			f := flow(t, a, b)
			l.Of(1).Kill()
			taken(t, l, a, f, 1, 2, tolerant+time.Second)
			a.Reach(b.Overlay)
			b.Reach(a.Overlay)
		})
	}
}

// TestUnreachableClient proves that where no hole was kept open, the controller that takes a client over
// says so with the remedy, and that the client is served the moment it comes by itself.
func TestUnreachableClient(t *testing.T) {
	l := lab.New(t, 3)
	l.Mesh()
	a, b := l.ClientBeyond(1, lab.Masquerade), l.Client(2)
	name, conf := l.Of(1).HandOut(func(k status.Client) bool { return k.Assigned == 1 })
	a.Load(name, withoutStandbys(conf))
	b.JoinAt(l.Of(2), 2)
	a.Reach(b.Overlay)
	held(l, a, 1)
	l.Of(1).Kill()
	l.Of(2).Until(lab.Patience, "the controllers say that the client does not answer", func(s *status.Snapshot) bool {
		for _, w := range s.Warnings {
			if w.Code == string(status.ClientUnanswered) && w.Client == a.Pack && w.Remedy != "" {
				k := lab.ClientOf(s, a.Pack)
				return !k.Connected && strings.HasPrefix(k.Reason, "it does not answer controller")
			}
		}
		return false
	})
	l.Of(1).Start()
	a.Reach(b.Overlay)
	held(l, a, 1)
}

// withoutStandbys leaves out what keeps a NAT open.
func withoutStandbys(conf string) string {
	first := strings.Index(conf, "[Peer]") + 1
	return conf[:first+strings.Index(conf[first:], "[Peer]")]
}
