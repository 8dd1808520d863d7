package noise

import (
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/blake2s"
	"golang.org/x/crypto/curve25519"
)

// Remote is a peer: its public key, and what two identities that agreed on a session before a handshake
// share. It is safe for concurrent use.
type Remote struct {
	recipient
	shared    [32]byte // of both static keys
	preshared [32]byte
}

// errWeak is about public keys that make every shared secret zero (RFC 7748, section 6.1).
var errWeak = errors.New("the public key is of low order")

// Remote prepares handshakes with the public key. The zero preshared key means none. It costs one scalar
// multiplication.
func (id *Identity) Remote(public, preshared [32]byte) (*Remote, error) {
	r := &Remote{recipient: newRecipient(public), preshared: preshared}
	shared, err := curve25519.X25519(id.private[:], public[:])
	if err != nil {
		return nil, errWeak
	}
	copy(r.shared[:], shared)
	return r, nil
}

// PublicKey returns whose key it is.
func (r *Remote) PublicKey() [32]byte { return r.public }

// Handshake is an initiation that waits for its response.
type Handshake struct {
	id                *Identity
	remote            *Remote
	ephemeral         [32]byte // private
	chain, transcript [blake2s.Size]byte
}

// Initiate makes an initiation to the peer, with mac1 and without mac2. The ephemeral private key must be
// random and never used before, the index names this handshake in the answer.
func (id *Identity) Initiate(to *Remote, ephemeral [32]byte, index uint32, timestamp [12]byte) ([]byte, *Handshake, error) {
	h := &Handshake{id: id, remote: to, ephemeral: ephemeral}
	packet := make([]byte, 0, InitiationSize)
	packet = binary.LittleEndian.AppendUint32(packet, uint32(InitiationKind))
	packet = binary.LittleEndian.AppendUint32(packet, index)

	public, err := curve25519.X25519(ephemeral[:], curve25519.Basepoint)
	if err != nil {
		return nil, nil, err
	}
	packet = append(packet, public...)
	h.transcript = mix(to.hash[:], public)
	chain, _ := derive(chainStart[:], public)

	shared, err := curve25519.X25519(ephemeral[:], to.public[:])
	if err != nil {
		return nil, nil, errWeak
	}
	chain, key := derive(chain[:], shared)
	packet = seal(packet, key, id.public[:], h.transcript)
	h.transcript = mix(h.transcript[:], packet[40:88])

	h.chain, key = derive(chain[:], to.shared[:])
	packet = seal(packet, key, timestamp[:], h.transcript)
	h.transcript = mix(h.transcript[:], packet[88:116])
	return to.withMAC(packet), h, nil
}

// Keys are what a session encrypts with.
type Keys struct{ Send, Receive [32]byte }

// Respond makes the response to an initiation that was read, and the keys of the session that both ends
// then have. The ephemeral private key must be random and never used before.
func (id *Identity) Respond(in *Initiation, to *Remote, ephemeral [32]byte, index uint32) ([]byte, Keys, error) {
	packet := make([]byte, 0, ResponseSize)
	packet = binary.LittleEndian.AppendUint32(packet, uint32(ResponseKind))
	packet = binary.LittleEndian.AppendUint32(packet, index)
	packet = binary.LittleEndian.AppendUint32(packet, in.index)

	public, err := curve25519.X25519(ephemeral[:], curve25519.Basepoint)
	if err != nil {
		return nil, Keys{}, err
	}
	packet = append(packet, public...)
	chain, transcript, key, err := agree(in.chain, in.transcript, public, to.preshared,
		dh{ephemeral, in.ephemeral}, dh{ephemeral, in.PublicKey})
	if err != nil {
		return nil, Keys{}, err
	}
	packet = seal(packet, key, nil, transcript)
	receive, send := derive(chain[:], nil)
	return to.withMAC(packet), Keys{Send: send, Receive: receive}, nil
}

// Erase overwrites what the keys of a session can be derived from. The handshake cannot be finished then.
func (h *Handshake) Erase() { *h = Handshake{} }

// Finish reads the response to the initiation. It returns the keys of the session and the index that the
// peer chose, and erases the handshake; false: it is not the response.
func (h *Handshake) Finish(packet []byte) (Keys, uint32, bool) {
	if h.id == nil || KindOf(packet) != ResponseKind {
		return Keys{}, 0, false
	}
	public := packet[12:44]
	chain, transcript, key, err := agree(h.chain, h.transcript, public, h.remote.preshared,
		dh{h.ephemeral, [32]byte(public)}, dh{h.id.private, [32]byte(public)})
	if err != nil {
		return Keys{}, 0, false
	}
	if _, ok := unseal(key, packet[44:60], transcript); !ok {
		return Keys{}, 0, false
	}
	send, receive := derive(chain[:], nil)
	h.Erase()
	return Keys{Send: send, Receive: receive}, Sender(packet), true
}

// dh is one exchange: a private and a public key.
type dh struct{ private, public [32]byte }

// agree is the second half of the handshake, the same at both ends: it mixes the responder's ephemeral
// key, both exchanges and the preshared key into the chain. The key seals the empty message.
func agree(chain, transcript [blake2s.Size]byte, ephemeral []byte, preshared [32]byte, exchanges ...dh) (_, _, key [blake2s.Size]byte, _ error) {
	transcript = mix(transcript[:], ephemeral)
	chain, _ = derive(chain[:], ephemeral)
	for _, x := range exchanges {
		shared, err := curve25519.X25519(x.private[:], x.public[:])
		if err != nil {
			return chain, transcript, key, errWeak
		}
		chain, _ = derive(chain[:], shared)
	}
	var hidden [blake2s.Size]byte
	chain, hidden, key = derive3(chain[:], preshared[:])
	return chain, mix(transcript[:], hidden[:]), key, nil
}

// withMAC appends mac1 and an empty mac2.
func (r *recipient) withMAC(packet []byte) []byte {
	sum := mac(r.mac1[:], packet)
	packet = append(packet, sum[:]...)
	return append(packet, make([]byte, macSize)...)
}

// derive3 is KDF3.
func derive3(chain, input []byte) (first, second, third [blake2s.Size]byte) {
	secret := keyed(chain, input)
	copy(first[:], keyed(secret, []byte{1}))
	copy(second[:], keyed(secret, append(first[:], 2)))
	copy(third[:], keyed(secret, append(second[:], 3)))
	return first, second, third
}
