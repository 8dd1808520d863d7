package probe

import (
	"net/netip"
	"time"
)

// Verdict says what an outer probe found.
type Verdict uint8

// The verdicts.
const (
	NoAnswer       Verdict = iota // nothing came back
	PortClosed                    // ICMP: nobody listens on that port
	Unreachable                   // ICMP, or no route: no way there
	OtherKeyset                   // a controller with another keyset
	OtherVersion                  // a controller that speaks another version of the probe
	Myself                        // the address leads back to this process
	WrongID                       // it has another ID than the row says
	NotPeeredThere                // its table has no row for this controller
	ClockSkew                     // peered, but the clocks differ
	OK
)

var verdicts = [...]string{
	"no answer", "port closed", "unreachable", "other keyset", "other version", "myself", "wrong ID", "not peered there", "clock skew", "ok",
}

func (v Verdict) String() string {
	if int(v) < len(verdicts) {
		return verdicts[v]
	}
	return "unknown"
}

// SkewLimit is the difference of clocks from which it is a finding: the same one from which a take-over
// avoids a controller.
const SkewLimit = time.Second

// Report is what a probe found.
type Report struct {
	Verdict       Verdict
	ID            int            // the answering controller's ID, if it proved the keyset
	RTT           time.Duration  // of the answered probe
	Skew          time.Duration  // its clock minus ours
	Observed      netip.AddrPort // where it sees us
	ChecksumEqual bool           // its topology checksum is ours
	Local         netip.Addr     // where we asked from; only without an answer
}

// Asked is what the asking side knows of a probe.
type Asked struct {
	Request  Message
	Expected int // the ID that the row says
	SentAt   time.Time
}

// Judge says what an answer means. The answer's nonce was compared before.
func Judge(asked Asked, answer Message, proof Proof, at time.Time) Report {
	switch {
	case proof == OtherProbe || answer.Kind == Unsupported:
		return Report{Verdict: OtherVersion}
	case proof != Authentic:
		return Report{Verdict: OtherKeyset}
	}
	r := Report{
		ID:            answer.ID,
		RTT:           at.Sub(asked.SentAt),
		Observed:      answer.Observed,
		ChecksumEqual: answer.Checksum == asked.Request.Checksum,
	}
	r.Skew = answer.Clock.Sub(asked.SentAt.Add(r.RTT / 2))
	switch {
	case answer.Discriminator == asked.Request.Discriminator:
		r.Verdict = Myself
	case answer.ID != asked.Expected:
		r.Verdict = WrongID
	case !answer.Listed:
		r.Verdict = NotPeeredThere
	case r.Skew.Abs() > SkewLimit+r.RTT/2:
		r.Verdict = ClockSkew
	default:
		r.Verdict = OK
	}
	return r
}

// Listener is what the answering side knows of itself.
type Listener struct {
	Self          int
	Discriminator uint64
	Checksum      [8]byte
	Row           int  // the ID of the row that the port belongs to and that has a tunnel; 0: none
	Known         bool // the request came from an address of the peering table
}

// Reply returns the answer to a request; false: none is due. A proven request is always answered, an
// unproven one only to addresses of the table: strangers must not find out that a vns3 is here.
func (l Listener) Reply(request Message, proof Proof, from netip.AddrPort, now time.Time) (Message, bool) {
	if request.Kind != Request {
		return Message{}, false
	}
	switch proof {
	case Authentic:
		return Message{
			Kind: Answer, ID: l.Self, Listed: l.Row != 0 && request.ID == l.Row, Nonce: request.Nonce,
			Discriminator: l.Discriminator, Clock: now, Checksum: l.Checksum, Observed: from,
		}, true
	case Unproven:
		return Message{Kind: Foreign, Nonce: request.Nonce}, l.Known
	case OtherProbe:
		return Message{Kind: Unsupported, Nonce: request.Nonce}, l.Known
	}
	return Message{}, false
}
