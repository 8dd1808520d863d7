package keyset

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"vns3/overlay"
)

// labelVersion stands in every label: another derivation gets another version.
const labelVersion = "vns3/1"

// purpose says what a derived secret is for; two purposes never share a secret.
type purpose string

const (
	forController   purpose = "controller"
	forClientFacing purpose = "client-facing"
	forStandby      purpose = "standby"
	forPack         purpose = "pack"
	forPackPSK      purpose = "pack-psk"
	forProbe        purpose = "probe"
	forCertificate  purpose = "certificate"
)

// Controller returns the identity of the controller with the ID (1…9) in its tunnels.
func (k *Keyset) Controller(id int) KeyPair { return pair(k.derive(forController, checkID(id), 0)) }

// ClientFacing returns the one identity under which all controllers serve client servers.
func (k *Keyset) ClientFacing() KeyPair { return pair(k.derive(forClientFacing, 0, 0)) }

// Standby returns the identity that clientpacks name for the controller with the ID (1…9) as a standby.
func (k *Keyset) Standby(id int) KeyPair { return pair(k.derive(forStandby, checkID(id), 0)) }

// Pack returns the identity of the clientpack with the index. A new epoch gives it a new one.
func (k *Keyset) Pack(index int, epoch uint32) KeyPair {
	return pair(k.derive(forPack, index, epoch))
}

// PackPSK returns the preshared key of the clientpack with the index.
func (k *Keyset) PackPSK(index int, epoch uint32) Secret { return k.derive(forPackPSK, index, epoch) }

// Probe returns the key under which outer probes are authenticated.
func (k *Keyset) Probe() Secret { return k.derive(forProbe, 0, 0) }

// CertificateSeed returns the Ed25519 seed of the authority that signs the controllers' certificates.
func (k *Keyset) CertificateSeed() Secret { return k.derive(forCertificate, 0, 0) }

// derive is the one way from the master secret to a key (layout in the package doc).
func (k *Keyset) derive(p purpose, id int, epoch uint32) Secret {
	label := appendField(nil, []byte(labelVersion))
	label = appendField(label, []byte(p))
	label = appendField(label, binary.BigEndian.AppendUint32(nil, uint32(id)))
	label = appendField(label, binary.BigEndian.AppendUint32(nil, epoch))
	key, err := hkdf.Expand(sha256.New, (*k.master)[:], string(label), KeySize)
	if err != nil {
		panic("keyset: HKDF refuses 32 bytes: " + err.Error()) // only more than 8,160 are refused
	}
	return Secret(key)
}

// appendField appends the length of field as 32 bits, big-endian, and field.
func appendField(to, field []byte) []byte {
	return append(binary.BigEndian.AppendUint32(to, uint32(len(field))), field...)
}

// checkID panics on an ID that no controller can have: the caller has a bug, and a key for it would hide it.
func checkID(id int) int {
	if id < 1 || id > overlay.MaxControllers {
		panic(fmt.Sprintf("keyset: there is no controller %d", id))
	}
	return id
}
