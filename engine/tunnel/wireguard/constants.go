package wireguard

import "time"

// The constants of the protocol (paper, section 6.1) and of its implementations.
const (
	RekeyAfterTime    = 120 * time.Second // the initiator of a session asks for a new one
	RejectAfterTime   = 180 * time.Second // nothing is sent or received in it any more
	RekeyAttemptTime  = 90 * time.Second  // so long initiations are repeated
	RekeyTimeout      = 5 * time.Second   // between them
	KeepaliveTimeout  = 10 * time.Second  // without an answer to data, an empty one is sent
	retryJitter       = 334 * time.Millisecond
	initiationsApart  = time.Second / 50 // a peer's that come faster are not answered
	forgetSessions    = 3 * RejectAfterTime
	maxAttempts       = int(RekeyAttemptTime / RekeyTimeout)
	rekeyAfterMessage = 1 << 60

	rejectAfterMessages = 1<<64 - 1<<13 - 1

	// maxStaged is how many packets wait for a session with a peer. Of more the oldest are lost.
	maxStaged = 256
)
