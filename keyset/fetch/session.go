package fetch

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha512"
	"crypto/tls"
	"fmt"
)

const (
	protocol      = 1
	exporterLabel = "EXPORTER-vns3-keyset"
	keySize       = 32
)

// channel returns CI: what the exchange is bound to, most of all the one TLS connection it runs in.
func channel(conn *tls.Conn) ([]byte, error) {
	state := conn.ConnectionState()
	exporter, err := state.ExportKeyingMaterial(exporterLabel, nil, keySize)
	if err != nil {
		return nil, fmt.Errorf("bind to the TLS connection: %w", err)
	}
	return lvCat([]byte("vns3-keyset"), []byte{protocol}, []byte("fetching"), []byte("source"), exporter), nil
}

// session is the keys that both sides have after the exchange.
type session struct {
	proof  []byte // of the fetching side
	accept []byte // of the source
	seal   cipher.AEAD
}

func newSession(isk []byte) session {
	derive := func(label string) []byte {
		key, err := hkdf.Expand(sha512.New, isk, label, keySize)
		if err != nil {
			panic("fetch: HKDF refuses 32 bytes: " + err.Error())
		}
		return key
	}
	block, err := aes.NewCipher(derive("vns3 fetch seal"))
	if err != nil {
		panic("fetch: AES refuses 32 bytes: " + err.Error())
	}
	seal, err := cipher.NewGCM(block)
	if err != nil {
		panic("fetch: GCM refuses AES: " + err.Error())
	}
	return session{proof: derive("vns3 fetch proof"), accept: derive("vns3 fetch accept"), seal: seal}
}

// The key of a session seals one message, so its nonce may be zero.

func (s session) sealed(plain []byte) []byte {
	return s.seal.Seal(nil, make([]byte, s.seal.NonceSize()), plain, nil)
}

func (s session) opened(sealed []byte) ([]byte, error) {
	return s.seal.Open(nil, make([]byte, s.seal.NonceSize()), sealed, nil)
}
