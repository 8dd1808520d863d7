package ipv4

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// OffloadHeaderLength is the length of the header (struct virtio_net_hdr) that the kernel puts before
// each packet of an interface with IFF_VNET_HDR:
//
//	flags, type of segmentation      1 byte each
//	length of all headers, size of a segment's data, start of the checksummed part, offset of the
//	checksum in it                   2 bytes each, in the machine's order
const OffloadHeaderLength = 10

const (
	offloadNeedsChecksum = 1 // flag

	offloadNone = 0 // types of segmentation
	offloadTCP4 = 1
	offloadUDP4 = 5
)

const (
	tcpFlags          = 13 // offset of the flags in the TCP header
	tcpFIN            = 0x01
	tcpPSH            = 0x08
	udpHeaderLength   = 8
	tcpMinimumHeader  = 20
	tcpChecksumOffset = 16
	udpChecksumOffset = 6
)

// Segmentation says how a large packet of the host is to be cut. The zero Segmentation is a packet that
// goes as it is.
type Segmentation struct {
	size    int // data bytes in each segment but the last; 0: not to be cut
	headers int // length of IP and transport header
}

var errOffload = errors.New("packet of the kernel interface does not fit its offload header")

// Offload reads the offload header of a packet of the kernel interface, whose own header is h, and sets
// the checksum that the host left open. An empty offload header asks for nothing.
func Offload(offload, packet []byte, h Header) (Segmentation, error) {
	if len(offload) < OffloadHeaderLength {
		return Segmentation{}, nil
	}
	kind := offload[1]
	size := int(binary.NativeEndian.Uint16(offload[4:]))
	start := int(binary.NativeEndian.Uint16(offload[6:]))
	offset := int(binary.NativeEndian.Uint16(offload[8:]))
	if kind == offloadNone {
		if offload[0]&offloadNeedsChecksum == 0 {
			return Segmentation{}, nil
		}
		if start < int(h.HeaderLength) || start+offset+2 > len(packet) {
			return Segmentation{}, errOffload
		}
		// The field holds the sum of the pseudo header.
		closeChecksum(packet[start:], offset, uint32(binary.BigEndian.Uint16(packet[start+offset:])))
		return Segmentation{}, nil
	}
	return segmentation(kind, size, packet, h)
}

// segmentation does not trust the length of the headers that the kernel gives: for packets that the
// host forwards it can be that of the whole first packet.
func segmentation(kind byte, size int, packet []byte, h Header) (Segmentation, error) {
	if h.Fragment || size == 0 {
		return Segmentation{}, errors.New("large packet of the kernel interface is a fragment or has no size of segments")
	}
	headers := int(h.HeaderLength)
	switch {
	case kind == offloadTCP4 && h.Protocol == TCP && len(packet) >= headers+tcpMinimumHeader:
		length := int(packet[headers+12] >> 4 * 4)
		if length < tcpMinimumHeader {
			return Segmentation{}, fmt.Errorf("large packet of the kernel interface has a TCP header of %d bytes", length)
		}
		headers += length
	case kind == offloadUDP4 && h.Protocol == UDP && len(packet) >= headers+udpHeaderLength:
		headers += udpHeaderLength
	default:
		return Segmentation{}, fmt.Errorf("large packet of the kernel interface: segmentation type %d does not fit protocol %d", kind, h.Protocol)
	}
	if headers >= len(packet) {
		return Segmentation{}, errOffload
	}
	return Segmentation{size: size, headers: headers}, nil
}

// Cuts reports whether the packet is to be cut.
func (s Segmentation) Cuts() bool { return s.size > 0 }

// Count returns into how many segments a packet of the length is cut; 1 for the zero Segmentation.
func (s Segmentation) Count(length int) int {
	if s.size == 0 {
		return 1
	}
	return (length - s.headers + s.size - 1) / s.size
}

// Length returns the length of segment i of a packet of the length. No segment is longer than the first.
func (s Segmentation) Length(length, i int) int {
	if s.size == 0 {
		return length
	}
	return min(s.headers+s.size, length-i*s.size)
}

// Put writes segment i of a packet into out, which has its Length. The packet is not changed.
func (s Segmentation) Put(out, packet []byte, i int) {
	if s.size == 0 {
		copy(out, packet)
		return
	}
	from := s.headers + i*s.size
	copy(out, packet[:s.headers])
	n := copy(out[s.headers:], packet[from:])
	s.fix(out, i, from+n == len(packet))
}

// fix sets the fields of segment i that differ from those of the large packet.
func (s Segmentation) fix(segment []byte, i int, last bool) {
	binary.BigEndian.PutUint16(segment[2:], uint16(len(segment)))
	binary.BigEndian.PutUint16(segment[4:], binary.BigEndian.Uint16(segment[4:])+uint16(i))
	start := int(segment[0]&15) * 4
	closeHeader(segment[:start])
	transport, protocol := segment[start:], segment[9]
	checksum := udpChecksumOffset
	if protocol == TCP {
		checksum = tcpChecksumOffset
		binary.BigEndian.PutUint32(transport[4:], binary.BigEndian.Uint32(transport[4:])+uint32(i*s.size))
		if !last {
			transport[tcpFlags] &^= tcpFIN | tcpPSH
		}
	} else {
		binary.BigEndian.PutUint16(transport[4:], uint16(len(transport)))
	}
	closeChecksum(transport, checksum, pseudoHeader(segment, protocol, len(transport)))
}
