package demo

import (
	"context"
	"time"

	"vns3/status"
)

// Mesh is a demonstration mesh: what can be done to it, and what comes of it.
type Mesh interface {
	// State is everything that can be seen now. It takes no longer than a look.
	State() State
	// Break does something to the link between controllers a and b; Fair mends it. It takes effect at
	// once.
	Break(a, b int, f Fault)
	// Kill makes a controller vanish as if its machine had lost power.
	Kill(id int) error
	// Revive starts a killed controller again.
	Revive(id int) error
	// Drain hands over what a controller carries, or takes it back.
	Drain(ctx context.Context, id int, undo bool) error
	// Mark starts a new measurement of the clients' traffic; what names its reason.
	Mark(what string)
}

// Fault is something that can be done to a link on purpose.
type Fault uint8

// The faults of a link.
const (
	Fair   Fault = iota
	Cut          // nothing passes, and nobody is told
	OneWay       // nothing passes from the first to the second
	Lossy        // a fifth is lost each way
	Slow         // 50 ms more each way
)

var faultNames = [...]string{Fair: "fair", Cut: "cut", OneWay: "one-way", Lossy: "lossy", Slow: "slow"}

// String is the fault in a word.
func (f Fault) String() string { return faultNames[f] }

// Faults are all of them.
func Faults() []Fault { return []Fault{Fair, Cut, OneWay, Lossy, Slow} }

// State is what can be seen of the mesh at one instant. It is never changed.
type State struct {
	Controllers []Controller // in the order of their IDs
	Links       []Link
	Streams     []Stream
	What        string        // why the measurement of the streams was started
	Lasts       time.Duration // since when
}

// Controller is a controller of the mesh.
type Controller struct {
	ID       int
	Address  string
	Alive    bool
	Draining bool
	Clients  int
	Shown    bool // it is the one that the console opened on
}

// Link is the link between two controllers.
type Link struct {
	A, B  int
	Fault Fault
	State status.PeerState // as the worse of both ends sees it; Down where one end is dead
	RTTms float64
	Path  []int // that traffic from A to B takes; empty: none
}

// Stream is the traffic from one client server to another, as measured since the mark.
type Stream struct {
	From, To string // overlay addresses
	FromAt   int    // ID of the controller that serves the sender; 0: none
	ToAt     int    // … the receiver
	Path     []int  // between the two controllers; empty: none
	Tally    Tally
}

// Tally is what was counted of a stream since the mark.
type Tally struct {
	Sent, Received, Lost int
	Gap                  time.Duration // longest time without an arrival
	Silent               time.Duration // time without an arrival now
	Late                 time.Duration // how late the sender itself was at most: so long the machine stood still
	Rate                 []int         // arrivals in each SlotLength, newest last, also from before the mark
}

// SlotLength is how long each of Tally.Rate was counted, and PerSlot how many arrive when all is well.
const (
	SlotLength = 100 * time.Millisecond
	PerSlot    = 10
)
