package keyset

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"vns3/overlay"
)

// checksumFormat is the version of the checksum's layout.
const checksumFormat = 1

// Checksum is a topology checksum: equal on two controllers if and only if keyset and overlay
// parameters are.
type Checksum [20]byte

// String is the checksum as people see it: 40 hexadecimal digits.
func (c Checksum) String() string { return hex.EncodeToString(c[:]) }

// Checksum returns the topology checksum of the keyset with the overlay parameters (layout in the
// package doc). Names, license, epochs of clientpacks and MTUs are not in it. It takes a millisecond or
// two, so keep it.
func (k *Keyset) Checksum(p overlay.Parameters) Checksum {
	text := appendField(nil, []byte{checksumFormat})
	text = appendField(text, []byte(k.UUID))
	for id := 1; id <= overlay.MaxControllers; id++ {
		text = appendKey(text, k.Controller(id))
	}
	text = appendKey(text, k.ClientFacing())
	for id := 1; id <= overlay.MaxControllers; id++ {
		text = appendKey(text, k.Standby(id))
	}
	text = appendField(text, []byte(p.Subnet.String()))
	for _, c := range p.Controllers {
		text = appendField(text, c.Address.AsSlice())
	}
	text = appendField(text, p.VIP.AsSlice())
	for _, c := range p.Controllers {
		text = appendField(text, binary.BigEndian.AppendUint32(nil, uint32(c.ASN)))
	}
	sum := sha256.Sum256(text)
	return Checksum(sum[:len(Checksum{})])
}

func appendKey(to []byte, pair KeyPair) []byte { return appendField(to, pair.Public[:]) }
