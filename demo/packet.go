package demo

import (
	"encoding/binary"
	"net/netip"

	"vns3/engine/forward/ipv4"
)

// A packet of the clients' traffic: an IPv4 header without options, a UDP header without a checksum
// (RFC 768 allows it over IPv4), and the packet's number in eight bytes.
const (
	udpHeaderLength = 8
	packetLength    = ipv4.HeaderLength + udpHeaderLength + 8
	trafficPort     = 9 // discard
	timeToLive      = 64
)

// makePacket builds the packet with the number.
func makePacket(from, to netip.Addr, number uint64) []byte {
	p := make([]byte, packetLength)
	p[0], p[8], p[9] = 0x45, timeToLive, ipv4.UDP
	binary.BigEndian.PutUint16(p[2:], packetLength)
	binary.BigEndian.PutUint32(p[12:], ipv4.Number(from))
	binary.BigEndian.PutUint32(p[16:], ipv4.Number(to))
	binary.BigEndian.PutUint16(p[10:], ^uint16(ipv4.Sum(p[:ipv4.HeaderLength])))
	udp := p[ipv4.HeaderLength:]
	binary.BigEndian.PutUint16(udp[0:], trafficPort)
	binary.BigEndian.PutUint16(udp[2:], trafficPort)
	binary.BigEndian.PutUint16(udp[4:], packetLength-ipv4.HeaderLength)
	binary.BigEndian.PutUint64(udp[udpHeaderLength:], number)
	return p
}

// readPacket returns the number of a packet of ours, such as makePacket builds.
func readPacket(p []byte) (number uint64, ok bool) {
	h, ok := ipv4.Parse(p)
	if !ok || h.Protocol != ipv4.UDP || h.Fragment || h.Length != packetLength || h.HeaderLength != ipv4.HeaderLength {
		return 0, false
	}
	udp := p[ipv4.HeaderLength:packetLength]
	if binary.BigEndian.Uint16(udp[2:]) != trafficPort {
		return 0, false
	}
	return binary.BigEndian.Uint64(udp[udpHeaderLength:]), true
}
