package fetch

import (
	"fmt"
	"time"
)

// Reason says why a fetch failed. Those up to Unavailable also travel in a refusal: their numbers stay.
type Reason uint8

// The reasons.
const (
	WrongToken      Reason = 1 + iota
	NoKeyset               // there is none at the source
	RateLimited            // too many wrong tokens lately: wait
	Closed                 // far too many: the source waits for its administrator
	Busy                   // other fetches are going on
	VersionMismatch        // the two programs do not speak the same protocol
	Unavailable            // the source has a keyset but cannot give it

	ConnectionRefused // nothing listens there
	TimedOut          //
	NoSuchName        //
	Unreachable       // no route, or another error of the network
	BadSource         // the source's address cannot be one
	NotVNS3           // something answers, but not a source
	Cut               // the connection ended early
	Unproved          // the source does not know the token itself
	Unsafe            // the source asks for unsafe or unbearable Argon2id parameters
	BadBundle         // what arrived is not usable
	JustRefused       // the source refused this very token within the last minute
)

// maxWait is the longest that a source may tell somebody to wait.
const maxWait = 24 * time.Hour

type reasonText struct{ code, why, remedy string }

var reasons = map[Reason]reasonText{
	WrongToken:        {"wrong_token", "it did not accept the token", "type it again; if it is lost, set a new one at the source: Keyset, Change token. If it is certainly right, somebody stands between the two controllers"},
	NoKeyset:          {"no_keyset", "it has no keyset", "fetch from a controller that has one, or generate the keyset there first"},
	RateLimited:       {"rate_limited", "it takes no more tokens for now, because too many were wrong", "wait, and try again with the right token"},
	Closed:            {"closed", "it takes no tokens any more, because far too many were wrong", "run `vns3 keyset rearm` there, or fetch from another controller of the topology"},
	Busy:              {"busy", "it is busy with other fetches", "try again in some seconds"},
	VersionMismatch:   {"version_mismatch", "it speaks another version of the fetch protocol", "install the same version of vns3 on both controllers"},
	Unavailable:       {"unavailable", "it cannot give its keyset now", "look at the warnings of that controller"},
	ConnectionRefused: {"connection_refused", "nothing listens there", "check address and port, and that vns3 runs there"},
	TimedOut:          {"timed_out", "it does not answer", "open TCP 8000 there for this controller (firewall, security group), and check the address"},
	NoSuchName:        {"no_such_name", "the name does not exist in DNS", "check its spelling, or use the IP address"},
	Unreachable:       {"unreachable", "the network cannot reach it", "check the address, and the routes of this machine"},
	BadSource:         {"bad_source", "this is not HOST or HOST:PORT", "give an IP address or a DNS name, such as 10.0.1.10"},
	NotVNS3:           {"not_vns3", "what answers there is not a vns3 that gives keysets", "check address and port; a vns3 there may be of another version"},
	Cut:               {"cut", "the connection ended before all was here", "try again; if it happens again, look for a proxy or firewall in between"},
	Unproved:          {"unproved", "it does not know the token itself: it is not the controller it says it is", "do not trust this network; check the address"},
	Unsafe:            {"unsafe", "it asks for parameters of the token that are not safe", "do not trust this network; check the address, and set the token at the source again"},
	BadBundle:         {"bad_bundle", "what it sent cannot be used", "look at the warnings of that controller; nothing was changed here"},
	JustRefused:       {"just_refused", "it refused this very token a moment ago, so it was not asked again", "type the right token, or wait"},
}

// String is the reason as a code: "wrong_token".
func (r Reason) String() string {
	if t, ok := reasons[r]; ok {
		return t.code
	}
	return fmt.Sprintf("reason %d", uint8(r))
}

// travels reports whether a source may send the reason.
func (r Reason) travels() bool { return WrongToken <= r && r <= Unavailable }

// Error says from where a fetch failed, why, and what to do. It holds no secret.
type Error struct {
	Reason Reason
	Source string
	Wait   time.Duration // until it makes sense to try again; 0: unknown
	Cause  error         // may be nil
}

// Error is one line: source, reason, remedy.
func (e *Error) Error() string {
	return fmt.Sprintf("fetch keyset from %s: %s: %s", e.Source, e.Why(), e.Remedy())
}

// Why is the reason in words.
func (e *Error) Why() string {
	why := reasons[e.Reason].why
	if e.Cause != nil {
		why += fmt.Sprintf(" (%v)", e.Cause)
	}
	return why
}

// Remedy says what to do.
func (e *Error) Remedy() string {
	remedy := reasons[e.Reason].remedy
	if e.Wait > 0 {
		remedy += fmt.Sprintf("; it listens again in %v", e.Wait.Round(time.Second))
	}
	return remedy
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }
