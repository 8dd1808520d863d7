package fetch

import (
	"maps"
	"net/netip"
	"time"
)

// The limits of a source. They let people mistype, and make guessing hopeless; neither ten connections can
// turn them into a denial of service nor parallel guesses outrun them.
const (
	FreeFailures   = 3              // per address, before it has to wait
	FirstWait      = time.Second    // then doubling
	LongestWait    = time.Hour      //
	BucketSize     = 20             // wrong tokens at once, per budget
	BucketInterval = time.Hour / 10 // one more after each
	CloseAfter     = 500            // wrong tokens since the last success or re-arm
	MaxOpen        = 8              // exchanges at once, per budget
	ExchangeTime   = 10 * time.Second
	forgetAfter    = 24 * time.Hour // an address that was quiet for so long
)

// Budget is where a fetch comes from. Strangers cannot use up the attempts of neighbours.
type Budget uint8

// The budgets.
const (
	Near    Budget = iota // private, on-link and peer addresses
	Far                   // the rest
	budgets = 2
)

// State is what a source remembers of wrong tokens. Its JSON is for a file: failures survive a restart.
type State struct {
	Failures  int                       `json:"failures"` // since the last success or re-arm
	LastAt    time.Time                 `json:"last_at"`
	LastFrom  netip.Addr                `json:"last_from"`
	Spent     [budgets]Spent            `json:"spent"`
	Addresses map[netip.Prefix]Attempts `json:"addresses,omitempty"` // IPv4: /32, IPv6: /64
}

// Spent is how much of a budget's bucket is used, as of a time.
type Spent struct {
	Tokens float64   `json:"tokens"`
	At     time.Time `json:"at"`
}

// Attempts are the wrong tokens of one address.
type Attempts struct {
	Failures int       `json:"failures"`
	LastAt   time.Time `json:"last_at"`
}

// Limiter decides who may try a token. It is pure: no clock, no lock, no file.
//
// Only wrong tokens count. An attempt is reserved before its proof is looked at and given back if it is
// right, so guesses that run at the same time count like guesses one after the other.
type Limiter struct {
	state State
	open  [budgets]int
}

// NewLimiter goes on from a state; the zero State is that of a new source.
func NewLimiter(s State) *Limiter {
	s.Addresses = maps.Clone(s.Addresses)
	if s.Addresses == nil {
		s.Addresses = map[netip.Prefix]Attempts{}
	}
	return &Limiter{state: s}
}

// State returns a copy of what must survive a restart.
func (l *Limiter) State() State {
	s := l.state
	s.Addresses = maps.Clone(s.Addresses)
	return s
}

// Closed reports whether the source takes no tokens until it is re-armed.
func (l *Limiter) Closed() bool { return l.state.Failures >= CloseAfter }

// Rearm forgets all failures.
func (l *Limiter) Rearm() {
	l.state = State{Addresses: map[netip.Prefix]Attempts{}}
}

// Open takes a place for an exchange, which Done gives back. It reports false if all are taken.
func (l *Limiter) Open(b Budget) bool {
	if l.open[b] >= MaxOpen {
		return false
	}
	l.open[b]++
	return true
}

// Done gives back a place.
func (l *Limiter) Done(b Budget) { l.open[b]-- }

// Attempt is a token tried from an address at a time.
type Attempt struct {
	From   netip.Addr
	Budget Budget
	At     time.Time
}

// Check reports whether an attempt would be allowed: reason 0, or Closed, or RateLimited and how long to wait.
func (l *Limiter) Check(a Attempt) (Reason, time.Duration) {
	if l.Closed() {
		return Closed, 0
	}
	if wait := max(l.addressWait(a), l.bucketWait(a)); wait > 0 {
		return RateLimited, wait
	}
	return 0, 0
}

// Reserve is Check, and counts the attempt as a wrong token if it is allowed. Success takes that back.
func (l *Limiter) Reserve(a Attempt) (Reason, time.Duration) {
	if reason, wait := l.Check(a); reason != 0 {
		return reason, wait
	}
	l.forget(a.At)
	spent := &l.state.Spent[a.Budget]
	spent.Tokens, spent.At = l.spent(a)+1, a.At
	key := network(a.From)
	l.state.Addresses[key] = Attempts{l.state.Addresses[key].Failures + 1, a.At}
	l.state.Failures++
	l.state.LastAt, l.state.LastFrom = a.At, a.From
	return 0, 0
}

// Success says that a reserved attempt was right: nothing that its address did wrong counts any more, nor
// do the failures towards closing.
func (l *Limiter) Success(a Attempt) {
	delete(l.state.Addresses, network(a.From))
	spent := &l.state.Spent[a.Budget]
	spent.Tokens = max(spent.Tokens-1, 0)
	l.state.Failures = 0
}

// addressWait is how long the address of an attempt has to wait.
func (l *Limiter) addressWait(a Attempt) time.Duration {
	past := l.state.Addresses[network(a.From)]
	if past.Failures < FreeFailures {
		return 0
	}
	wait := LongestWait
	if doubled := past.Failures - FreeFailures; doubled < 12 { // 2^12 s is more than an hour
		wait = min(FirstWait<<doubled, LongestWait)
	}
	return min(past.LastAt.Add(wait).Sub(a.At), wait) // a clock that was set back must not lock out for longer
}

// bucketWait is how long the budget of an attempt has nothing to give.
func (l *Limiter) bucketWait(a Attempt) time.Duration {
	over := l.spent(a) - (BucketSize - 1)
	return time.Duration(over * float64(BucketInterval))
}

// spent is how much of the bucket is used at the time of an attempt.
func (l *Limiter) spent(a Attempt) float64 {
	s := l.state.Spent[a.Budget]
	refilled := max(a.At.Sub(s.At), 0).Seconds() / BucketInterval.Seconds()
	return max(s.Tokens-refilled, 0)
}

// forget drops addresses that were quiet for long, so that the table stays small.
func (l *Limiter) forget(now time.Time) {
	maps.DeleteFunc(l.state.Addresses, func(_ netip.Prefix, past Attempts) bool {
		return now.Sub(past.LastAt) > forgetAfter
	})
}

// network is what counts as one address: whoever has one IPv6 address has the /64 around it.
func network(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, _ := addr.Prefix(bits) // no address: the zero prefix
	return p
}
