// Package noise is the cryptography of WireGuard's handshake: it makes and reads initiations, responses
// and cookies, and derives the keys of a session (Noise IKpsk2). It is pure: ephemeral keys, indices and
// times come from the caller, and it keeps no session. The formats and names are those of the WireGuard
// paper, sections 5.4.2 to 5.4.7:
//
//	initiation (148 bytes)   response (92)          cookie reply (64)   transport (32 or more)
//	 0  type 1, 3 zeros      0  type 2, 3 zeros     0  type 3, 3 zeros  0  type 4, 3 zeros
//	 4  sender index         4  sender index        4  receiver index   4  receiver index
//	 8  ephemeral (32)       8  receiver index      8  nonce (24)       8  counter (8)
//	40  static (32 + 16)    12  ephemeral (32)     32  cookie (32)     16  data and tag
//	88  timestamp (12 + 16) 44  empty (16)
//	116 mac1, 132 mac2      60  mac1, 76 mac2
package noise

import (
	"crypto/hmac"
	"encoding/binary"
	"hash"

	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/curve25519"
)

// Kind is the type of a WireGuard message.
type Kind uint8

// The kinds of messages.
const (
	Other Kind = iota // not a WireGuard message
	InitiationKind
	ResponseKind
	CookieKind
	TransportKind
)

// Sizes of the messages in bytes.
const (
	InitiationSize   = 148
	ResponseSize     = 92
	CookieSize       = 64
	MinTransportSize = 32

	macSize = blake2s.Size128
)

// KindOf says what a datagram is by its type and size.
func KindOf(packet []byte) Kind {
	if len(packet) < MinTransportSize {
		return Other
	}
	kind := binary.LittleEndian.Uint32(packet)
	switch {
	case kind == uint32(TransportKind):
		return TransportKind
	case kind == uint32(InitiationKind) && len(packet) == InitiationSize:
		return InitiationKind
	case kind == uint32(ResponseKind) && len(packet) == ResponseSize:
		return ResponseKind
	case kind == uint32(CookieKind) && len(packet) == CookieSize:
		return CookieKind
	}
	return Other
}

// Sender returns the index that the sender of an initiation or response chose.
func Sender(packet []byte) uint32 { return binary.LittleEndian.Uint32(packet[4:]) }

// Receiver returns the index to which a response, cookie reply or transport packet is addressed.
func Receiver(packet []byte) uint32 {
	if KindOf(packet) == ResponseKind {
		return binary.LittleEndian.Uint32(packet[8:])
	}
	return binary.LittleEndian.Uint32(packet[4:])
}

// recipient is what a public key is to those who send to it.
type recipient struct {
	public [32]byte
	mac1   [blake2s.Size]byte // key of mac1
	cookie [blake2s.Size]byte // key of cookie replies
	hash   [blake2s.Size]byte // of the protocol and the responder's key
}

// Identity is a private key: it reads the messages to it, and makes its own. It is safe for concurrent
// use.
type Identity struct {
	recipient
	private [32]byte
}

const (
	construction = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
	identifier   = "WireGuard v1 zx2c4 Jason@zx2c4.com"
	labelMAC1    = "mac1----"
	labelCookie  = "cookie--"
)

var chainStart = blake2s.Sum256([]byte(construction))

// NewIdentity prepares what can be done with the private key.
func NewIdentity(private [32]byte) *Identity {
	var public [32]byte
	curve25519.ScalarBaseMult(&public, &private)
	return &Identity{newRecipient(public), private}
}

func newRecipient(public [32]byte) recipient {
	start := mix(chainStart[:], []byte(identifier))
	return recipient{
		public: public,
		mac1:   mix([]byte(labelMAC1), public[:]),
		cookie: mix([]byte(labelCookie), public[:]),
		hash:   mix(start[:], public[:]),
	}
}

// Addressed reports whether the initiation or response is meant for this identity: its mac1 is right.
// It costs one hash, and whoever does not know the public key cannot forge it.
func (id *Identity) Addressed(packet []byte) bool {
	if kind := KindOf(packet); kind != InitiationKind && kind != ResponseKind {
		return false
	}
	body, first, _ := macs(packet)
	want := mac(id.mac1[:], body)
	return hmac.Equal(want[:], first)
}

// macs splits a handshake message: what mac1 is of, mac1, mac2.
func macs(packet []byte) (body, first, second []byte) {
	n := len(packet)
	return packet[:n-2*macSize], packet[n-2*macSize : n-macSize], packet[n-macSize:]
}

// mac is Mac(key, body).
func mac(key, body []byte) (sum [macSize]byte) {
	m, _ := blake2s.New128(key) // fails only on a long key
	m.Write(body)
	m.Sum(sum[:0])
	return sum
}

// Initiation is what an initiation says, and what is needed to answer it.
type Initiation struct {
	PublicKey [32]byte // of who sent it, proven by the timestamp's encryption
	Timestamp [12]byte // TAI64N: compare as bytes

	ephemeral         [32]byte
	index             uint32
	chain, transcript [blake2s.Size]byte
}

// Index returns the index that the sender chose for the session.
func (in *Initiation) Index() uint32 { return in.index }

// Read opens an initiation to this identity. It costs two scalar multiplications. That the message is
// fresh only its timestamp can tell.
func (id *Identity) Read(packet []byte) (Initiation, bool) {
	var in Initiation
	if KindOf(packet) != InitiationKind {
		return in, false
	}
	ephemeral, static, timestamp := packet[8:40], packet[40:88], packet[88:116]
	transcript := mix(id.hash[:], ephemeral)
	chain, _ := derive(chainStart[:], ephemeral)

	shared, err := curve25519.X25519(id.private[:], ephemeral)
	if err != nil {
		return in, false
	}
	chain, key := derive(chain[:], shared)
	public, ok := unseal(key, static, transcript)
	if !ok {
		return in, false
	}
	transcript = mix(transcript[:], static)

	if shared, err = curve25519.X25519(id.private[:], public); err != nil {
		return in, false
	}
	chain, key = derive(chain[:], shared)
	stamp, ok := unseal(key, timestamp, transcript)
	if !ok {
		return in, false
	}
	copy(in.PublicKey[:], public)
	copy(in.Timestamp[:], stamp)
	in.ephemeral, in.index = [32]byte(ephemeral), Sender(packet)
	in.chain, in.transcript = chain, mix(transcript[:], timestamp)
	return in, true
}

// mix is Hash(a || b).
func mix(a, b []byte) (sum [blake2s.Size]byte) {
	h := newHash()
	h.Write(a)
	h.Write(b)
	h.Sum(sum[:0])
	return sum
}

// derive is KDF2: the next chain key and a key. KDF1 is its first half.
func derive(chain, input []byte) (next, key [blake2s.Size]byte) {
	secret := keyed(chain, input)
	first := keyed(secret, []byte{1})
	second := keyed(secret, append(append([]byte(nil), first...), 2))
	return [blake2s.Size]byte(first), [blake2s.Size]byte(second)
}

// keyed is HMAC with BLAKE2s.
func keyed(key, input []byte) []byte {
	h := hmac.New(newHash, key)
	h.Write(input)
	return h.Sum(nil)
}

func newHash() hash.Hash {
	h, _ := blake2s.New256(nil) // fails only on a long key
	return h
}

// seal encrypts under nonce 0 with the transcript, behind out.
func seal(out []byte, key [blake2s.Size]byte, plain []byte, transcript [blake2s.Size]byte) []byte {
	aead, _ := chacha20poly1305.New(key[:]) // fails only on a key of another size
	var nonce [chacha20poly1305.NonceSize]byte
	return aead.Seal(out, nonce[:], plain, transcript[:])
}

// unseal opens what was encrypted under nonce 0 with the transcript.
func unseal(key [blake2s.Size]byte, sealed []byte, transcript [blake2s.Size]byte) ([]byte, bool) {
	aead, _ := chacha20poly1305.New(key[:]) // fails only on a key of another size
	var nonce [chacha20poly1305.NonceSize]byte
	plain, err := aead.Open(nil, nonce[:], sealed, transcript[:])
	return plain, err == nil
}
