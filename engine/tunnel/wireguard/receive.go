package wireguard

import (
	"encoding/binary"
	"net/netip"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

// headerSize is what stands before the sealed packet: type, receiver index, counter. It is also the
// room that a port needs before each packet.
const headerSize = 16

// A datagram has up to 64 kB, and a port may make a packet longer in place. The distance is no power of
// two, or the beginnings of all packets would share one set of the processor's cache.
const (
	datagramSize   = 1 << 16
	datagramStride = datagramSize + 3*64
)

// inbound is what one goroutine needs to receive.
type inbound struct {
	d     *Device
	room  bool // datagrams stand in memory of their own, into which they may grow
	now   int64
	plain [][]byte // decrypted, each behind headerSize bytes of room
	nonce [chacha20poly1305.NonceSize]byte

	session *session // of the last packet
	from    conn.Endpoint
	bytes   uint64 // received in it, not yet noted
	data    bool   // there was a packet among them
}

func newInbound(d *Device, batch int, room bool) *inbound {
	return &inbound{d: d, room: room, plain: make([][]byte, 0, batch)}
}

// receive moves datagrams from one of the bind's sockets to the port, until the device is closed.
func (d *Device) receive(receive conn.ReceiveFunc) {
	batch := d.bind.BatchSize()
	packets, sizes, from := make([][]byte, batch), make([]int, batch), make([]conn.Endpoint, batch)
	if !d.lent {
		memory := make([]byte, batch*datagramStride)
		for i := range packets {
			packets[i] = memory[i*datagramStride:][:datagramSize:datagramSize]
		}
	}
	in := newInbound(d, batch, !d.lent)
	for {
		n, err := receive(packets, sizes, from)
		in.begin()
		for i := range n {
			if sizes[i] > 0 {
				in.take(packets[i][:sizes[i]], from[i])
			}
		}
		in.end()
		if err != nil {
			if d.closed(err) {
				return
			}
			d.complain("receive", err)
			if !d.pause() {
				return
			}
		}
	}
}

// Handle takes a datagram as if it had just been received, but asks the owner nothing about it: who hands
// an initiation over has found it addressed to this device. It may change the datagram and does not keep
// it.
func (d *Device) Handle(packet []byte, from conn.Endpoint) {
	switch noise.KindOf(packet) {
	case noise.TransportKind:
		in := d.inbounds.Get().(*inbound)
		in.begin()
		if s := in.find(noise.Receiver(packet)); s != nil {
			in.open(s, packet, from)
		}
		in.end()
		d.inbounds.Put(in)
	case noise.Other:
	default:
		d.handshake(packet, from)
	}
}

func (in *inbound) begin() { in.now = in.d.now() }

// take sorts out a datagram.
func (in *inbound) take(packet []byte, from conn.Endpoint) {
	d := in.d
	if !d.o.Accept(from) {
		return
	}
	switch noise.KindOf(packet) {
	case noise.TransportKind:
		index := noise.Receiver(packet)
		if s := in.find(index); s != nil {
			in.open(s, packet, from)
		} else if !d.chose(index) {
			d.o.Stray(packet, from)
		}
	case noise.Other:
		d.o.Other(packet, from)
	default:
		if d.expects(packet) {
			d.wait(packet, from)
		}
	}
}

// open decrypts a transport packet of the session in place.
func (in *inbound) open(s *session, packet []byte, from conn.Endpoint) {
	if !s.receives(in.now) {
		return
	}
	copy(in.nonce[4:], packet[8:headerSize])
	counter := binary.LittleEndian.Uint64(packet[8:])
	plain, err := s.receive.Open(packet[headerSize:headerSize], in.nonce[:], packet[headerSize:], nil)
	if err != nil || !s.fresh(counter) {
		return
	}
	if s != in.session || from != in.from {
		in.note()
		in.session, in.from = s, from
	}
	in.bytes += uint64(len(packet))
	if len(plain) == 0 {
		return // a keepalive
	}
	in.data = true
	length, source := measure(plain)
	if length == 0 || in.d.peerAt(source) != s.peer {
		return
	}
	whole := headerSize + length
	if in.room {
		in.plain = append(in.plain, packet[:whole])
	} else {
		in.plain = append(in.plain, packet[:whole:whole])
	}
}

// find returns the session with the index; nil: there is none.
func (in *inbound) find(index uint32) *session {
	if s := in.session; s != nil && s.local == index && !s.ended.Load() {
		return s
	}
	return in.d.lookup(index).session
}

// note tells the peer what came in the session.
func (in *inbound) note() {
	if s := in.session; s != nil {
		s.peer.heard(s, in.from, in.bytes, in.data, in.now)
	}
	in.session, in.from, in.bytes, in.data = nil, nil, 0, false
}

// end gives the port what was decrypted. Before that the peers are told: the answers must find the way.
func (in *inbound) end() {
	in.note()
	if len(in.plain) > 0 {
		if _, err := in.d.o.Port.Write(in.plain, headerSize); err != nil && !in.d.closed(err) {
			in.d.complain("write to the port", err)
		}
		clear(in.plain)
		in.plain = in.plain[:0]
	}
}

// measure returns the length of an IP packet without its padding, and its source; 0: it is not whole.
func measure(packet []byte) (int, netip.Addr) {
	length, source := 0, netip.Addr{}
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		length = int(binary.BigEndian.Uint16(packet[2:]))
		source = netip.AddrFrom4([4]byte(packet[12:16]))
	case len(packet) >= 40 && packet[0]>>4 == 6:
		length = 40 + int(binary.BigEndian.Uint16(packet[4:]))
		source = netip.AddrFrom16([16]byte(packet[8:24]))
	}
	if length < 20 || length > len(packet) {
		return 0, netip.Addr{}
	}
	return length, source
}

// destination returns where an IP packet goes.
func destination(packet []byte) netip.Addr {
	switch {
	case len(packet) >= 20 && packet[0]>>4 == 4:
		return netip.AddrFrom4([4]byte(packet[16:20]))
	case len(packet) >= 40 && packet[0]>>4 == 6:
		return netip.AddrFrom16([16]byte(packet[24:40]))
	}
	return netip.Addr{}
}
