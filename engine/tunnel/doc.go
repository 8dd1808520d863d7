// Package tunnel owns what carries the overlay over the underlay: the WireGuard devices, their UDP
// sockets, outer probes, path MTU, name resolution and the kernel interface.
//
// One [Link] is one device (package wireguard) with one peer: the tunnel to one controller. On the
// controller with ID s the tunnel to peer p listens on UDP 1194+p and sends to the peer's UDP 1194+s.
// [Clients] is the device on UDP 1194 that serves all client servers, [Attachment] the one of a client
// server that is an agent. The socket under each is a bind of our own (package udp).
//
// The package decides nothing about health, routes or who may attach: it reports what it saw to its
// owner and does what the owner says. It never retries a handshake by itself beyond what WireGuard
// does, never reads the configuration file and keeps no key longer than its device lives.
package tunnel

// ClientPort is the UDP port that client servers send to.
const ClientPort = 1194

// LinkPort returns the UDP port on which a controller expects the tunnel of the peer with the ID.
func LinkPort(id int) uint16 { return ClientPort + uint16(id) }
