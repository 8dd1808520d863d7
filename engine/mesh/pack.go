package mesh

// Pack is the replicated state of a clientpack, merged field by field. The zero value with Enabled
// is the state of a pack that nobody ever touched.
type Pack struct {
	Index      int
	Epoch      uint32 // of its keys; the highest wins
	Enabled    bool
	CheckedOut bool
	Tags       map[string]string

	enabledBy, checkedOutBy, tagsBy stamp
}

// stamp orders changes of one field: higher counter is later.
type stamp struct {
	counter uint32
	origin  uint8
}

// PackChange changes fields of a Pack; nil fields stay.
type PackChange struct {
	Regenerate bool // raise the epoch
	Enabled    *bool
	CheckedOut *bool
	Tags       map[string]string // replaces all tags; an empty map removes them
}

// CheckOutVerdict is the result of Core.CheckOut.
type CheckOutVerdict uint8

// The results of Core.CheckOut.
const (
	CheckedOut   CheckOutVerdict = iota // done: hand it out
	Asked                               // another controller must grant it: wait for Granted
	AlreadyOut                          // it is checked out
	PackDisabled                        // it is disabled
	PeersMissing                        // of another's share, and not every peer is Up
	NoAnswer                            // the controller that grants it did not answer
)
