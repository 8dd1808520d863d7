//go:build linux

package clients

import (
	"net"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vns3/internal/lab"
	"vns3/status"
)

// A handshake initiation to a controller, as it stands in an IPv4 packet without options.
const (
	headers        = 20 + 8
	initiationSize = 148
	initiationKind = 1
)

// record listens to what a client sends, and returns the first handshake initiation to the controller
// that it is attached to.
func record(t *testing.T, c *lab.ClientServer, controller string) func() []byte {
	t.Helper()
	var fd int
	var err error
	c.NS.Run(func() {
		fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, int(htons(unix.ETH_P_ALL)))
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(fd) })
	wait := unix.NsecToTimeval(int64(100 * time.Millisecond))
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		t.Fatal(err)
	}
	to := [4]byte(net.ParseIP(controller).To4())
	return func() (initiation []byte) {
		t.Helper()
		buf := make([]byte, 2048)
		lab.Await(t, "the client shakes hands", func() bool {
			n, _, err := unix.Recvfrom(fd, buf, 0)
			if err != nil || n != headers+initiationSize || [4]byte(buf[16:20]) != to || buf[headers] != initiationKind {
				return false
			}
			initiation = append([]byte(nil), buf[headers:n]...)
			return true
		})
		return initiation
	}
}

func htons(v uint16) uint16 { return v<<8 | v>>8 }

// send sends a datagram to the port for client servers.
func send(t *testing.T, from *lab.ClientServer, controller string, datagram []byte) {
	t.Helper()
	var conn net.Conn
	var err error
	from.NS.Run(func() { conn, err = net.Dial("udp4", controller+":1194") })
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write(datagram); err != nil {
		t.Fatal(err)
	}
}

// TestReplayedInitiation proves that a recorded handshake initiation, sent again later and from elsewhere,
// moves nothing: not at the controller that answered it, nor at another one, nor after its controller
// was lost.
func TestReplayedInitiation(t *testing.T) {
	l, a, b := pair(t, 3)
	recorded := record(t, a, l.Of(1).Address)
	a.Load(a.Pack, l.Of(1).Export(a.Pack)) // it shakes hands again
	a.Reach(b.Overlay)
	initiation := recorded()
	elsewhere := l.Client(3)
	replay := func() {
		for _, m := range l.Machines {
			send(t, elsewhere, m.Address, initiation)
		}
	}
	unmoved := func(holders ...int) {
		t.Helper()
		holder := l.Of(2).HeldBy(a, holders...).ControllerID
		endpoint := "10.9.1.2:" + strings.TrimSpace(a.NS.Do("wg", "show", a.Device, "listen-port"))
		there := func(s *status.Snapshot) bool {
			k := lab.ClientOf(s, a.Pack)
			return k.Connected && k.ControllerID == holder && k.Endpoint == endpoint
		}
		l.Of(2).Until(lab.Patience, "it is known where the client is", there)
		replay()
		l.Of(2).Stays(2*time.Second, "the client stays where it is", there)
		if a.Ping(b.Overlay) != nil {
			t.Errorf("the client does not work any longer:\n%s", a.NS.Do("wg", "show", a.Device))
		}
	}
	unmoved(1)
	f := flow(t, a, b)
	l.Of(1).Kill()
	taken(t, l, a, f, 1, 2, tolerant)
	l.Of(1).Start()
	l.Of(1).Until(lab.Patience, "the mesh is whole again", lab.AllUp(2))
	unmoved(2, 3)
}
