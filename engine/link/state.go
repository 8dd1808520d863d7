package link

// State is the state of a link.
type State uint8

// The states of a link.
const (
	Down    State = iota // no heartbeat comes, or the peer said goodbye
	Init                 // we hear the peer; it does not say that it hears us
	Up                   // both hear each other
	Suspect              // silent for a moment: still announced, but packets that enter here go round it
)

// String returns the state as the snapshot has it.
func (s State) String() string {
	switch s {
	case Down:
		return "down"
	case Init:
		return "init"
	case Up:
		return "up"
	case Suspect:
		return "suspect"
	}
	return "unknown"
}

// Usable reports whether traffic may take the link: Up or Suspect.
func (s State) Usable() bool { return s == Up || s == Suspect }

// Reason says why a link is in its state.
type Reason uint8

// The reasons of a link's state.
const (
	NoReason      Reason = iota // nothing to say: it is Up
	NoSession                   // WireGuard has no session with the peer
	NotHeard                    // there is a session, and no heartbeat came yet
	Silent                      // heartbeats stopped
	NotHeardThere               // the peer says that it does not hear us
	SilentThere                 // the peer suspects us
	Restarted                   // the peer is a new process
	Goodbye                     // the peer stopped cleanly, or removed our row
)

// String returns the reason as a code.
func (r Reason) String() string {
	switch r {
	case NoReason:
		return ""
	case NoSession:
		return "no_session"
	case NotHeard:
		return "not_heard"
	case Silent:
		return "silent"
	case NotHeardThere:
		return "not_heard_there"
	case SilentThere:
		return "silent_there"
	case Restarted:
		return "restarted"
	case Goodbye:
		return "goodbye"
	}
	return "unknown"
}

// Text returns the reason in words.
func (r Reason) Text() string {
	switch r {
	case NoSession:
		return "no WireGuard session with the peer yet"
	case NotHeard:
		return "no heartbeat from the peer yet"
	case Silent:
		return "heartbeats from the peer stopped"
	case NotHeardThere:
		return "the peer does not hear us: one-way link"
	case SilentThere:
		return "the peer has stopped hearing us"
	case Restarted:
		return "the peer restarted"
	case Goodbye:
		return "the peer stopped cleanly"
	}
	return r.String()
}
