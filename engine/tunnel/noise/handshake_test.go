package noise_test

import (
	"bytes"
	"testing"
	"time"

	"vns3/engine/tunnel/noise"
)

// party is one side of a handshake.
type party struct {
	id     *noise.Identity
	remote *noise.Remote
}

// parties are 1 and 2, with a preshared key.
func parties(t testing.TB, psk [32]byte) (a, b party) {
	t.Helper()
	var all [2]party
	for i := range all {
		private, _ := keys(byte(i + 1))
		_, public := keys(byte(2 - i))
		all[i].id = noise.NewIdentity(private)
		var err error
		if all[i].remote, err = all[i].id.Remote(public, psk); err != nil {
			t.Fatal(err)
		}
	}
	return all[0], all[1]
}

// shake makes an initiation of a and b's response to it.
func shake(t testing.TB, a, b party) (initiation, response []byte, waiting *noise.Handshake, keys noise.Keys) {
	t.Helper()
	initiation, waiting, err := a.id.Initiate(a.remote, [32]byte{3}, 10, [12]byte{1})
	if err != nil {
		t.Fatal(err)
	}
	in, ok := b.id.Read(initiation)
	if !ok {
		t.Fatal("the initiation is unread")
	}
	if response, keys, err = b.id.Respond(&in, b.remote, [32]byte{4}, 20); err != nil {
		t.Fatal(err)
	}
	return initiation, response, waiting, keys
}

// Both ends have the same keys, crosswise, and each other's index; other ephemeral keys make others.
func TestHandshake(t *testing.T) {
	for _, psk := range [][32]byte{{}, {9}} {
		a, b := parties(t, psk)
		_, response, waiting, theirs := shake(t, a, b)
		ours, index, ok := waiting.Finish(response)
		if !ok || index != 20 || ours.Send != theirs.Receive || ours.Receive != theirs.Send || ours.Send == ours.Receive {
			t.Errorf("keys %+v and %+v, index %d, %v", ours, theirs, index, ok)
		}
		if _, _, ok := waiting.Finish(response); ok {
			t.Error("finished twice: the keys of the handshake were kept")
		}
	}
	a, b := parties(t, [32]byte{})
	stranger, _ := parties(t, [32]byte{9})
	if _, response, _, _ := shake(t, a, b); response != nil {
		_, _, waiting, _ := shake(t, stranger, b)
		if _, _, ok := waiting.Finish(response); ok {
			t.Error("agreed in spite of different preshared keys")
		}
	}
}

// Of a response every changed byte before mac2 is noticed, by its tag or by mac1.
func TestTamperedResponse(t *testing.T) {
	a, b := parties(t, [32]byte{})
	_, response, waiting, _ := shake(t, a, b)
	for i := range len(response) - 16 {
		changed := bytes.Clone(response)
		changed[i] ^= 0x40
		if a.id.Addressed(changed) {
			t.Errorf("byte %d changed: mac1 is right", i)
		}
		indices := i >= 4 && i < 12 // protected by mac1 only
		if _, _, ok := new(*waiting).Finish(changed); ok && !indices && i < 60 {
			t.Errorf("byte %d changed: accepted", i)
		}
	}
	if _, _, ok := waiting.Finish(response); !ok {
		t.Error("the response itself is refused")
	}
}

// Public keys of low order make no shared secret and are refused.
func TestLowOrder(t *testing.T) {
	private, _ := keys(1)
	id := noise.NewIdentity(private)
	for _, public := range [][32]byte{{}, {1}} {
		if _, err := id.Remote(public, [32]byte{}); err == nil {
			t.Errorf("key %x is accepted", public)
		}
	}
}

// A cookie proves a source for two minutes, to whoever made it; a changed one, one for another message or
// one that nobody asked for is not kept.
func TestCookie(t *testing.T) {
	a, b := parties(t, [32]byte{})
	bouncer, now := noise.NewBouncer(b.id), time.Unix(1000000, 0)
	source, elsewhere := []byte("10.0.0.1:1"), []byte("10.0.0.2:1")
	initiation, _, _, _ := shake(t, a, b)
	var jar noise.Jar
	reply := bouncer.Reply(initiation, source, now)
	if jar.Fill(reply, a.remote, now) {
		t.Error("a cookie was kept before anything was sent")
	}
	jar.Stamp(initiation, now)
	if bouncer.Knows(initiation, source, now) {
		t.Error("known without a cookie")
	}
	for i := 8; i < len(reply); i++ {
		changed := bytes.Clone(reply)
		changed[i] ^= 1
		if jar.Fill(changed, a.remote, now) {
			t.Fatalf("byte %d changed: kept", i)
		}
	}
	other := bytes.Clone(initiation)
	other[len(other)-32] ^= 1 // another mac1
	if jar.Fill(bouncer.Reply(other, source, now), a.remote, now) {
		t.Error("a cookie for another message was kept")
	}
	if !jar.Fill(reply, a.remote, now) || jar.Fill(reply, a.remote, now) {
		t.Error("the cookie was not kept, or twice")
	}
	again, _, _, _ := shake(t, a, b)
	jar.Stamp(again, now)
	if !bouncer.Knows(again, source, now) || bouncer.Knows(again, elsewhere, now) {
		t.Error("the cookie does not prove its source, or proves another")
	}
	if bouncer.Knows(again, source, now.Add(2*time.Minute)) {
		t.Error("the cookie is good for too long")
	}
	late, _, _, _ := shake(t, a, b)
	jar.Stamp(late, now.Add(2*time.Minute))
	if !bytes.Equal(late[len(late)-16:], make([]byte, 16)) {
		t.Error("a cookie that is too old is sent")
	}
}
