// Package forward is the packet path of a controller: it takes the packets that one device has
// decrypted, decides where each goes, and hands it to the device that encrypts it again.
//
// Each WireGuard device gets a Port, which is a tun.Device; a Switch joins the ports and, where there
// is one, the kernel interface. Nothing of it runs in the kernel between two tunnels, so a controller
// forwards without privileges. Only IPv4 travels inside the tunnels; IPv6 is dropped and counted.
//
// The decision (decide.go, table.go, reason.go, and package ipv4 for the formats) is pure: it knows no
// clock, socket or goroutine. Everything that it depends on is one immutable view, swapped atomically,
// so packets are forwarded without a lock while routes change. The package decides nothing about
// health or routes: it follows the Hops and the Table that it was given last.
//
// # Control packets
//
// Heartbeats, records and probes of controller s for controller p are IPv4 packets
//
//	version 4, header of 20 bytes, TTL 255, protocol 253, don't-fragment set
//	source 169.254.119.s, destination 169.254.119.p
//	payload: the sender's own format
//
// and are accepted only on the port of the tunnel to s, for exactly that pair. Anything else with an
// address in 169.254.0.0/16 is dropped, so neither a client server nor the host can forge one.
// On the way out they overtake the data that waits in the port.
//
// # Order and loss
//
// A port's Write forwards in its caller. Packets of a flow stay in order while their route stands: the
// packets for one port go straight into the buffers that its waiting reader lent, or, while it is away,
// into the port's queue, never past it. A full queue makes the writer wait for some milliseconds, then
// the packet is dropped and counted. A device whose bind reports what it sends (Port.Sent) holds few
// packets at a time, so control packets find no long queue behind the port either. Every packet is counted exactly once: see Counters.
package forward
