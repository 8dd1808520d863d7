// Package link is the health of one link, the tunnel between this controller and one peer: a pure
// state machine and its wire format. It starts no goroutine, reads no clock, opens no socket: now,
// packets and randomness are arguments, what has to be done is returned as effects.
//
// # What it decides
//
// Heartbeats go one way each, both ways. A link is Up when we hear the peer and its newest heartbeat
// says that it hears this very process: a one-way link is never Up. Silence of SuspectAfter beyond
// the measured jitter is asked about by five quick echoes; unanswered, the link is Suspect. Any
// packet postpones that. DownAfter without a heartbeat, whatever else comes, the link is Down. A link
// that comes back is held for a while: it costs HeldCost more. A machine that is run late judges
// nobody for what it did not see. Nothing is sent while WireGuard has no session; Initiate effects
// ask for one, at times on which two ends do not collide for long.
//
// # Wire format
//
// All numbers are big-endian. Each packet begins with its type and the version 1; a packet with
// another version is refused. Whatever follows the fields below is ignored: later minor versions
// append. Clocks named "own" count microseconds since the sender's process started.
//
//	heartbeat                            echo, echo answer
//	 0  1  type 1                         0  1  type 2 echo, 3 its answer
//	 1  1  version                        1  1  version
//	 2  1  flags, below                   2  8  discriminator of who asked
//	 3  1  number of roots n             10  8  own clock of who asked
//	 4  4  sequence, from 1
//	 8  8  sender's discriminator        size probe, size answer
//	16  8  receiver's discriminator as    0  1  type 4 probe, 5 its answer
//	       heard; 0: not heard            1  1  version
//	24  8  own clock when sent            2  2  size of the inner packet in bytes
//	32  8  echo: newest own clock         4  4  number of the probe
//	       received; 0: none              8  .  zeros up to the size; none in the answer
//	40  4  microseconds the echo waited
//	44  2  heartbeat interval, ms
//	46  2  loss towards sender, 1/10000
//	48  8  sender's wall clock, Unix ns
//	56  2  bitmap of the peers that the sender holds Suspect or Down: bit i is ID i
//	58  2  zero
//	60  8  discriminator of the elder of two with the receiver's ID; 0: none
//	68  8n roots, one per kind of replicated item
//
// Flags: 1 the sender hears the receiver; 2 it suspects it, having gone silent; 4 it says goodbye;
// 8 it drains. The receiver's discriminator is what makes flag 1 count: an answer to an older process
// is none. A lower sequence with a later uptime comes from an end that the same process made anew.
//
// Types from 16 belong to package mesh, types from 128 to the engine.
package link
