// Package peering is the peering table: one row for each controller of the topology, exactly one of
// which is this instance. It is pure: it resolves no name and opens no socket. The same rules serve
// the file, the commands, the API and the console.
package peering

// MaxID is the highest controller ID: nine IDs fill UDP 1195–1203.
const MaxID = 9

// Kind says what a row is.
type Kind uint8

// The kinds of rows, as the peering page has them.
const (
	NotSet  Kind = iota // "not set", or absent
	Self                // "this instance"
	Address             // an IP address or a DNS name
)

// Row is one row of the table.
type Row struct {
	Kind    Kind
	Address string // normalised (see ParseAddress); only for Kind Address
}

// Table is a peering table: the row of the controller with ID i stands at index i; index 0 is unused.
// It is a value: copy it, change the copy, compare with ==.
type Table [MaxID + 1]Row
