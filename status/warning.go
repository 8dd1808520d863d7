package status

import (
	"slices"
	"time"
)

// Severity says how much a warning matters.
type Severity string

// The severities, in rising order.
const (
	Info  Severity = "info"
	Warn  Severity = "warning"
	Error Severity = "error"
)

// AtLeast says that the severity is as bad as least, or worse.
func (s Severity) AtLeast(least Severity) bool { return s.rank() >= least.rank() }

// rank is higher the worse it is; without a severity it is as low as the lowest.
func (s Severity) rank() int { return max(slices.Index([]Severity{Info, Warn, Error}, s), 0) }

// Warning is something that an administrator should know now, with what to do about it.
type Warning struct {
	Code     string    `json:"code"`
	Severity Severity  `json:"severity"`
	Title    string    `json:"title"`
	Text     string    `json:"text"`
	Remedy   string    `json:"remedy"`
	Since    time.Time `json:"since"`
	Peer     int       `json:"peer,omitempty"`   // ID it is about; 0: none
	Client   string    `json:"client,omitempty"` // clientpack it is about
}

// Event is something that happened. Events stand in a ring; Seq rises by one with each.
type Event struct {
	Seq      uint64    `json:"seq"`
	At       time.Time `json:"at"`
	Code     string    `json:"code"` // "link.up", "link.suspect", "config.applied", …
	Severity Severity  `json:"severity"`
	Text     string    `json:"text"`
	Peer     int       `json:"peer,omitempty"`
	Client   string    `json:"client,omitempty"`
}
