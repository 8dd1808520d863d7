package forward

import (
	"testing"

	"vns3/engine/forward/ipv4"
)

// Whatever a device or the host hands in, nothing panics and every packet is counted once.
func FuzzSwitch(f *testing.F) {
	const mtu = 80 // so that short packets are too long
	f.Add(udp(atTwo, clientA, mtu+1), []byte{}, uint8(2))
	f.Add(ping(clientA, vipAddr, "x"), []byte{}, uint8(clientSlot))
	f.Add(udp(selfAddr, atTwo, 200), []byte{1, 5, 0, 0, 20, 0, 20, 0, 6, 0}, uint8(kernelSlot))
	control := make([]byte, ipv4.HeaderLength)
	ipv4.PutControl(control, 2, 1, 0)
	f.Add(control, []byte{}, uint8(2))
	s, _, _ := testSwitch(f)
	two, clients := s.Peer(2), s.Clients()
	two.SetMTU(mtu)
	clients.SetMTU(mtu)
	f.Fuzz(func(t *testing.T, packet, offload []byte, at uint8) {
		switch slot(at) {
		case kernelSlot:
			b := s.begin(kernelSlot)
			b.takeHost(hostPacket{data: packet, offload: offload})
			b.end()
		case clientSlot:
			write(t, clients, packet)
		default:
			write(t, two, packet)
		}
		for _, p := range []*Port{two, clients} {
			for _, out := range readAll(t, p) {
				parse(t, out)
			}
		}
		addsUp(t, s)
	})
}
