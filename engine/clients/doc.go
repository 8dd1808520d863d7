// Package clients decides about client servers: what a clientpack says, which controller serves which
// client, when a client is attached, who takes over the clients of a lost controller, and how a client
// is handed over without losing a packet.
//
// It is pure. Core is a state machine: its owner tells it what came from the device for client servers,
// from the mesh and from other controllers, and what time it is, and carries out the Effects. It opens
// no socket, keeps no file, reads no clock and starts no goroutine.
//
// # Letters
//
// Controllers tell each other about single clients by letters: control packets that are carried hop by
// hop to the controller they are for, each at most once and without acknowledgement; whoever sends one
// acts by itself when nothing follows. All numbers are big-endian.
//
//	0  type, 128
//	1  version, 1
//	2  ID of the controller it is for
//	3  ID of the controller that wrote it
//	4  hops left
//	5  kind
//	6  index of the clientpack, 32 bits; for TakeOver the ID of the lost controller
//	10 body of the kind:
//	   Offer   handshake timestamp (12 bytes), then the endpoint: length (6 or 18), address, port
//	   Stray   number (16 bits), part, parts, then a part of the datagram
//	   others  none
package clients
