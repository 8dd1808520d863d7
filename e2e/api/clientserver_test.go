package api

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/icmp"
	"golang.org/x/net/ipv4"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun/tuntest"
)

// clientServer is a client server inside the test: WireGuard with the configuration of a clientpack, and
// no kernel behind it.
type clientServer struct {
	t       *testing.T
	address netip.Addr
	tun     *tuntest.ChannelTUN
}

// attach runs a client server with a clientpack's file, on the test's own machine.
func attach(t *testing.T, conf string) *clientServer {
	t.Helper()
	return attachIn(t, func(open func()) { open() }, conf)
}

// attachIn runs a client server in a namespace, which within enters.
func attachIn(t *testing.T, within func(func()), conf string) *clientServer {
	t.Helper()
	c := &clientServer{t: t, tun: tuntest.NewChannelTUN()}
	settings, address := userspaceSettings(t, conf)
	c.address = address
	dev := device.NewDevice(c.tun.TUN(), placedBind{conn.NewDefaultBind(), within}, device.NewLogger(device.LogLevelError, t.Name()+" "))
	t.Cleanup(dev.Close)
	if err := dev.IpcSet(settings); err != nil {
		t.Fatalf("the clientpack is no configuration for WireGuard: %v\n%s", err, settings)
	}
	if err := dev.Up(); err != nil {
		t.Fatal(err)
	}
	return c
}

// placedBind opens its sockets in a namespace, whichever goroutine of the device asks for them. They stay
// there.
type placedBind struct {
	conn.Bind
	within func(func())
}

func (b placedBind) Open(port uint16) (receive []conn.ReceiveFunc, actual uint16, err error) {
	b.within(func() { receive, actual, err = b.Bind.Open(port) })
	return receive, actual, err
}

// userspaceSettings writes a wg-quick file as a WireGuard device takes it.
func userspaceSettings(t *testing.T, conf string) (settings string, address netip.Addr) {
	t.Helper()
	var b strings.Builder
	for line := range strings.Lines(conf) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch key {
		case "PrivateKey", "PublicKey", "PresharedKey":
			raw, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				t.Fatalf("%s in the clientpack: %v", key, err)
			}
			fmt.Fprintf(&b, "%s=%s\n", map[string]string{"PrivateKey": "private_key", "PublicKey": "public_key", "PresharedKey": "preshared_key"}[key], hex.EncodeToString(raw))
		case "Address":
			address = netip.MustParsePrefix(value).Addr()
		case "AllowedIPs":
			for prefix := range strings.SplitSeq(value, ", ") {
				fmt.Fprintf(&b, "allowed_ip=%s\n", prefix)
			}
		case "Endpoint":
			fmt.Fprintf(&b, "endpoint=%s\n", value)
		case "PersistentKeepalive":
			fmt.Fprintf(&b, "persistent_keepalive_interval=%s\n", value)
		}
	}
	return b.String(), address
}

// ping sends echo requests to an address until one is answered by it.
func (c *clientServer) ping(to netip.Addr) {
	c.t.Helper()
	c.sendUntil(to, func(packet []byte) bool { return isReply(packet, to) })
}

// misses sends echo requests to an address until a controller answers that nobody is there.
func (c *clientServer) misses(to netip.Addr) {
	c.t.Helper()
	c.sendUntil(to, func(packet []byte) bool { return isUnreachable(packet, to) })
}

// sendUntil sends echo requests to an address until the right packet comes back.
func (c *clientServer) sendUntil(to netip.Addr, right func([]byte) bool) {
	c.t.Helper()
	again := time.NewTicker(200 * time.Millisecond)
	defer again.Stop()
	late := time.After(10 * time.Second)
	for {
		select {
		case c.tun.Outbound <- echo(c.address, to):
		case <-late:
			c.t.Fatalf("%v cannot send to %v", c.address, to)
		}
		if c.received(to, right, again.C, late) {
			return
		}
	}
}

// echo is an ICMP echo request.
func echo(from, to netip.Addr) []byte {
	body, err := (&icmp.Message{Type: ipv4.ICMPTypeEcho, Body: &icmp.Echo{ID: 1, Seq: 1}}).Marshal(nil)
	if err != nil {
		panic(err)
	}
	const length = 20
	packet := append(make([]byte, length), body...)
	packet[0], packet[3], packet[8], packet[9] = 0x45, byte(len(packet)), 64, 1
	copy(packet[12:], from.AsSlice())
	copy(packet[16:], to.AsSlice())
	sum := uint32(0)
	for i := 0; i < length; i += 2 {
		sum += uint32(binary.BigEndian.Uint16(packet[i:]))
	}
	binary.BigEndian.PutUint16(packet[10:], ^uint16(sum+sum>>16))
	return packet
}

// received reads what arrives until it is the right packet, or it is time to ask again.
func (c *clientServer) received(to netip.Addr, right func([]byte) bool, again, late <-chan time.Time) bool {
	c.t.Helper()
	for {
		select {
		case packet := <-c.tun.Inbound:
			if right(packet) {
				return true
			}
		case <-again:
			return false
		case <-late:
			c.t.Fatalf("%v does not hear what it waits for from %v", c.address, to)
		}
	}
}

// isReply reports whether a packet is an echo reply of an address.
func isReply(packet []byte, by netip.Addr) bool {
	return len(packet) >= 28 && packet[9] == 1 && packet[20] == 0 && netip.AddrFrom4([4]byte(packet[12:16])) == by
}

// isUnreachable reports whether a packet says that an address cannot be reached.
func isUnreachable(packet []byte, to netip.Addr) bool {
	const quoted = 20 + 8 // where the packet that it is about begins
	return len(packet) >= quoted+20 && packet[9] == 1 && packet[20] == 3 && netip.AddrFrom4([4]byte(packet[quoted+16:quoted+20])) == to
}
