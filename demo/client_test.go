package demo

import (
	"net/netip"
	"strings"
	"testing"
)

// A packet that was made is read again, and nothing else is taken for one.
func TestPacket(t *testing.T) {
	p := makePacket(netip.MustParseAddr("100.127.252.1"), netip.MustParseAddr("100.127.252.2"), 1<<40+7)
	if number, ok := readPacket(p); !ok || number != 1<<40+7 {
		t.Errorf("read %d, %v", number, ok)
	}
	for at := range packetLength - 8 { // every byte before the number that is checked
		if at >= 20 && at != 22 && at != 23 {
			continue
		}
		bad := append([]byte(nil), p...)
		bad[at] ^= 0x41
		if _, ok := readPacket(bad); ok {
			t.Errorf("taken with byte %d changed", at)
		}
	}
	if _, ok := readPacket(p[:packetLength-1]); ok {
		t.Error("taken although it is not whole")
	}
}

// A clientpack is read as a WireGuard program reads it: comments aside, keys in hexadecimal digits, each
// network for itself, each peer after the other.
func TestProfile(t *testing.T) {
	key := strings.Repeat("A", 42) + "E="
	p, err := readProfile("# vns3 clientpack\n[Interface]\nPrivateKey = " + key + "\nAddress = 100.127.252.1/32\n\n[Peer]\n# controller 1\nPublicKey = " + key +
		"\nPresharedKey = " + key + "\nAllowedIPs = 100.127.252.0/22, 10.1.0.0/16\nEndpoint = 127.0.0.11:1194\nPersistentKeepalive = 25\n")
	if err != nil {
		t.Fatal(err)
	}
	hex := strings.Repeat("0", 63) + "1"
	want := "private_key=" + hex + "\npublic_key=" + hex + "\npreshared_key=" + hex +
		"\nallowed_ip=100.127.252.0/22\nallowed_ip=10.1.0.0/16\nendpoint=127.0.0.11:1194\npersistent_keepalive_interval=25\n"
	if p.device != want || p.address.String() != "100.127.252.1" {
		t.Errorf("address %v, device\n%s\nwant\n%s", p.address, p.device, want)
	}
	for _, bad := range []string{"[Nothing]", "Colour = red", "PrivateKey = ?", "Address = here"} {
		if _, err := readProfile(bad); err == nil || !strings.Contains(err.Error(), "line 1") {
			t.Errorf("%q: %v, want an error that names the line", bad, err)
		}
	}
}
