package noise_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"golang.org/x/crypto/curve25519"
	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"

	"vns3/engine/tunnel/memnet"
	"vns3/engine/tunnel/noise"
)

func keys(n byte) (private, public [32]byte) {
	private = [32]byte(bytes.Repeat([]byte{n}, 32))
	private[0] &= 248
	private[31] = private[31]&127 | 64
	curve25519.ScalarBaseMult(&public, &private)
	return private, public
}

// initiation returns what a WireGuard device sends to start a handshake.
func initiation(t testing.TB, from, to byte) []byte {
	t.Helper()
	network := memnet.New(1)
	listener := network.Bind(netip.MustParseAddr("10.0.0.2"))
	fns, _, err := listener.Open(1)
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	d := device.NewDevice(memnet.NewPort(func([]byte) {}), network.Bind(netip.MustParseAddr("10.0.0.1")), device.NewLogger(device.LogLevelSilent, ""))
	defer d.Close()
	private, _ := keys(from)
	_, peer := keys(to)
	config := fmt.Sprintf("private_key=%s\nlisten_port=1\npublic_key=%s\nendpoint=10.0.0.2:1\n", hex.EncodeToString(private[:]), hex.EncodeToString(peer[:]))
	if err := d.IpcSet(config); err != nil {
		t.Fatal(err)
	}
	if err := d.Up(); err != nil {
		t.Fatal(err)
	}
	if err := d.LookupPeer(peer).SendHandshakeInitiation(false); err != nil {
		t.Fatal(err)
	}
	packets, sizes, eps := [][]byte{make([]byte, 2000)}, make([]int, 1), make([]conn.Endpoint, 1)
	if _, err := fns[0](packets, sizes, eps); err != nil {
		t.Fatal(err)
	}
	return packets[0][:sizes[0]]
}

// What a real device sends is read by the identity it is for, and by no other.
func TestRead(t *testing.T) {
	packet := initiation(t, 1, 2)
	_, sender := keys(1)
	private, _ := keys(2)
	id := noise.NewIdentity(private)
	if noise.KindOf(packet) != noise.InitiationKind || !id.Addressed(packet) {
		t.Fatal("not taken for an initiation to this identity")
	}
	in, ok := id.Read(packet)
	if !ok || in.PublicKey != sender {
		t.Fatalf("read %x, %v", in.PublicKey, ok)
	}
	seconds := int64(binary.BigEndian.Uint64(in.Timestamp[:]) - 0x400000000000000a)
	if age := time.Since(time.Unix(seconds, 0)); age < 0 || age > time.Minute {
		t.Errorf("the timestamp is %v old", age)
	}
	other, _ := keys(3)
	if stranger := noise.NewIdentity(other); stranger.Addressed(packet) {
		t.Error("taken for an initiation to another identity")
	} else if _, ok := stranger.Read(packet); ok {
		t.Error("read by another identity")
	}
}

// Every changed bit before the macs makes the message unreadable, and mac1 wrong.
func TestTampered(t *testing.T) {
	packet := initiation(t, 1, 2)
	private, _ := keys(2)
	id := noise.NewIdentity(private)
	for i := range len(packet) - 32 {
		changed := bytes.Clone(packet)
		changed[i] ^= 0x10
		if id.Addressed(changed) {
			t.Errorf("byte %d changed: mac1 is right", i)
		}
		if _, ok := id.Read(changed); ok && (i < 4 || i >= 8) { // the sender index is protected by mac1 only
			t.Errorf("byte %d changed: still read", i)
		}
	}
}

// Sizes and types of all messages; the receiver index stands elsewhere in a response.
func TestKinds(t *testing.T) {
	for _, c := range []struct {
		kind noise.Kind
		size int
		want noise.Kind
	}{
		{1, 148, noise.InitiationKind}, {1, 147, noise.Other}, {1, 149, noise.Other},
		{2, 92, noise.ResponseKind}, {2, 148, noise.Other},
		{3, 64, noise.CookieKind}, {3, 63, noise.Other},
		{4, 32, noise.TransportKind}, {4, 1500, noise.TransportKind}, {4, 31, noise.Other},
		{5, 148, noise.Other}, {0, 148, noise.Other}, {4, 0, noise.Other},
	} {
		packet := make([]byte, c.size)
		if c.size > 0 {
			packet[0] = byte(c.kind)
		}
		if got := noise.KindOf(packet); got != c.want {
			t.Errorf("type %d, %d bytes: %v, want %v", c.kind, c.size, got, c.want)
		}
	}
	response := make([]byte, noise.ResponseSize)
	response[0], response[4], response[8] = 2, 7, 9
	if noise.Sender(response) != 7 || noise.Receiver(response) != 9 {
		t.Error("the indices of a response are mixed up")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(initiation(f, 1, 2))
	f.Add([]byte{})
	private, _ := keys(2)
	id := noise.NewIdentity(private)
	f.Fuzz(func(t *testing.T, packet []byte) {
		_, ok := id.Read(packet)
		if ok && noise.KindOf(packet) != noise.InitiationKind {
			t.Error("read what is no initiation")
		}
		id.Addressed(packet)
		if noise.KindOf(packet) != noise.Other {
			noise.Sender(packet)
			noise.Receiver(packet)
		}
	})
}

func BenchmarkRead(b *testing.B) {
	packet := initiation(b, 1, 2)
	private, _ := keys(2)
	id := noise.NewIdentity(private)
	for b.Loop() {
		if _, ok := id.Read(packet); !ok {
			b.Fatal("unread")
		}
	}
}
