// Package noise reads what a WireGuard responder can read of the messages that arrive, without
// answering them: whether a handshake message is meant for an identity, who sent an initiation and
// when. It is pure and keeps no session. The formats and names are those of the WireGuard paper,
// sections 5.4.2 to 5.4.6:
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

// Identity reads the messages to one private key. It is safe for concurrent use.
type Identity struct {
	private, public [32]byte
	mac1            [blake2s.Size]byte
	hash            [blake2s.Size]byte // of the protocol and the responder's key
}

const (
	construction = "Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s"
	identifier   = "WireGuard v1 zx2c4 Jason@zx2c4.com"
	labelMAC1    = "mac1----"
)

var chainStart = blake2s.Sum256([]byte(construction))

// NewIdentity prepares the reading of messages to the private key.
func NewIdentity(private [32]byte) *Identity {
	id := &Identity{private: private}
	curve25519.ScalarBaseMult(&id.public, &private)
	id.mac1 = mix([]byte(labelMAC1), id.public[:])
	start := mix(chainStart[:], []byte(identifier))
	id.hash = mix(start[:], id.public[:])
	return id
}

// Addressed reports whether the initiation or response is meant for this identity: its mac1 is right.
// It costs one hash, and whoever does not know the public key cannot forge it.
func (id *Identity) Addressed(packet []byte) bool {
	if kind := KindOf(packet); kind != InitiationKind && kind != ResponseKind {
		return false
	}
	body := packet[:len(packet)-2*macSize]
	mac, _ := blake2s.New128(id.mac1[:]) // fails only on a long key
	mac.Write(body)
	return hmac.Equal(mac.Sum(nil), packet[len(body):len(body)+macSize])
}

// Initiation is what an initiation says.
type Initiation struct {
	PublicKey [32]byte // of who sent it, proven by the timestamp's encryption
	Timestamp [12]byte // TAI64N: compare as bytes
}

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
	_, key = derive(chain[:], shared)
	stamp, ok := unseal(key, timestamp, transcript)
	if !ok {
		return in, false
	}
	copy(in.PublicKey[:], public)
	copy(in.Timestamp[:], stamp)
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

// unseal opens what was encrypted under nonce 0 with the transcript.
func unseal(key [blake2s.Size]byte, sealed []byte, transcript [blake2s.Size]byte) ([]byte, bool) {
	aead, _ := chacha20poly1305.New(key[:]) // fails only on a key of another size
	var nonce [chacha20poly1305.NonceSize]byte
	plain, err := aead.Open(nil, nonce[:], sealed, transcript[:])
	return plain, err == nil
}
