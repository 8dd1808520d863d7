package wireguard

import (
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
)

const (
	// maxPacket is the largest packet that a port may give: more than any path carries.
	maxPacket = 9216
	padding   = 16 // packets are sealed in blocks of so many bytes
	overhead  = padding - 1 + chacha20poly1305.Overhead

	packetStride = headerSize + maxPacket + 2*padding // 145 lines of the cache: not even
)

// send moves packets from the port to the bind, until the device is closed.
func (d *Device) send() {
	batch := d.o.Port.BatchSize()
	memory := make([]byte, batch*packetStride)
	bufs, sizes := make([][]byte, batch), make([]int, batch)
	for i := range bufs {
		bufs[i] = memory[i*packetStride : i*packetStride+headerSize+maxPacket : (i+1)*packetStride]
	}
	var to []*Peer // to whom this batch goes
	for {
		n, err := d.o.Port.Read(bufs, sizes, headerSize)
		for i := range n {
			packet := bufs[i][:headerSize+sizes[i]]
			p := d.peerAt(destination(packet[headerSize:]))
			if p == nil {
				continue
			}
			if len(p.out) == 0 {
				to = append(to, p)
			}
			p.out = append(p.out, packet)
		}
		for _, p := range to {
			p.sendAll(p.out)
			clear(p.out)
			p.out = p.out[:0]
		}
		clear(to)
		to = to[:0]
		if err != nil && !errors.Is(err, tun.ErrTooManySegments) {
			if !d.closed(err) {
				d.complain("read from the port", err)
				d.o.Broken(err)
			}
			return
		}
	}
}

// seal turns a packet behind headerSize bytes of room into a datagram, in place.
func (s *session) seal(packet []byte, counter uint64, mtu int, nonce *[chacha20poly1305.NonceSize]byte) []byte {
	size := len(packet) - headerSize
	padded := (size + padding - 1) / padding * padding
	if mtu >= size {
		padded = min(padded, mtu)
	}
	packet = packet[:headerSize+padded]
	clear(packet[headerSize+size:])
	binary.LittleEndian.PutUint32(packet, uint32(noise.TransportKind))
	binary.LittleEndian.PutUint32(packet[4:], s.remote)
	binary.LittleEndian.PutUint64(packet[8:], counter)
	binary.LittleEndian.PutUint64(nonce[4:], counter)
	return s.send.Seal(packet[:headerSize], nonce[:], packet[headerSize:], nil)
}
