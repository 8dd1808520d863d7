// Package mesh is what the controllers of a topology know of each other and decide from it: who hears
// whom, the shortest paths and loop-free alternates, the claims for client servers, the advertised
// routes and the state of the clientpacks. It is pure: it starts no goroutine, reads no clock, opens
// no socket. One goroutine calls a Core with what happened and the time, carries out its Effects and
// calls RunDue at NextDeadline; a simulation does the same (package sim).
//
// # Items
//
// Four kinds of items are replicated. Each merges so that all controllers end with the same in
// whatever order items come.
//
//	record  one per controller: its links and what it says of itself; newest (incarnation, sequence)
//	claim   one per client server: who holds it; highest counter, then lowest ID, then revision
//	route   one per controller and prefix that it advertises; highest version
//	pack    one per clientpack that was ever touched; field by field (Pack)
//
// News goes to all neighbours but its sender. Records go at once; the others wait 20 ms for company,
// are paced, and are not passed on to whom their maker tells itself. What is lost is found by the
// roots in heartbeats: a difference that stands for a second, or that a link has when it comes up, is
// answered by the bucket hashes of that kind, then by the items of the buckets that differ.
//
// # Wire format
//
// All numbers are big-endian. A packet is the payload of a control packet, at most 1,200 bytes; it
// begins with its type and the version 1; another version is refused. What follows the fields of a
// packet is ignored, and so are items of an unknown kind. An item itself is exact: all controllers
// have to hash the same bytes, so one that is not in its only encoding is refused, and a new field is
// a new kind. Texts have their length in one byte before them, lists their count.
//
//	16 items    { kind 1, length 2, item }…
//	17 hashes   kind 1, flags 1 (1: the link has just come up), unsettled buckets 32 (a bitmap),
//	            256 bucket hashes of 4: the xor of the digests of the bucket's items, cut
//	18 want     kind 1, buckets 32 (a bitmap): follows the sender's own items of these
//	19 done     kind 1: follows the items that a want asked for
//	20 ask      index 4, number 4, 1 byte of no meaning: may I check out this clientpack?
//	21 answer   index 4, number 4, verdict 1
//
//	record      origin 1, flags 1 (1 withdrawn, 2 draining, 4 shared), licensed controllers 1, incarnation 8,
//	            sequence 4, discriminator 8, start of process 8 (Unix ms), clock behind 8 (ms),
//	            checksum 20, texts name, version, topology name and client endpoint, list of texts
//	            addresses, list of links: peer 1, state 1, held 1, cost 4, RTT 4 (µs), loss 2 (1/10000)
//	claim       index 4, counter 4, holder 1, flags 1 (1 released), revision 4, handshake timestamp 12,
//	            endpoint (address length 1, address, port 2), since 4, last handshake 4 (Unix s),
//	            bytes sent 8, bytes received 8
//	route       origin 1, flags 1 (1 withdrawn), IPv4 prefix 4 and length 1, metric 4, version 4
//	pack        index 4, epoch 4, flags 1 (1 disabled, 2 checked out), three stamps (counter 4,
//	            origin 1) of enabled, checked out and tags, list of tags: texts key and value, by key
//
// Kinds count from 0 in the order above; so do the roots in heartbeats. Packet types below 16 belong
// to package link, from 128 to the engine.
package mesh
