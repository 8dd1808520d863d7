// Package peering is the peering table: one row for each controller of the topology, exactly one of
// which is this instance. It is pure: it resolves no name and opens no socket. The same rules serve
// the file, the commands, the API and the console.
package peering

import "strings"

// MaxID is the highest controller ID: nine IDs fill UDP 1195–1203.
const MaxID = 9

// ValidID says whether id can be a controller's.
func ValidID(id int) bool { return 1 <= id && id <= MaxID }

// Kind says what a row is.
type Kind uint8

// The kinds of rows, as the peering page has them.
const (
	NotSet  Kind = iota // "not set", or absent
	Self                // "this instance"
	Address             // an IP address or a DNS name
)

// The words of the rows that are no addresses.
const (
	SelfText   = "this instance"
	NotSetText = "not set"
)

// Row is one row of the table.
type Row struct {
	Kind    Kind
	Address string // normalised (see ParseAddress); only for Kind Address
}

// ParseRow reads a row as people write it: "this instance" or "self"; "not set", "none" or nothing;
// else an address. Case and space around it do not matter. Errors are those of ParseAddress.
func ParseRow(text string) (Row, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case SelfText, "self":
		return Row{Kind: Self}, nil
	case NotSetText, "none", "":
		return Row{}, nil
	}
	address, err := ParseAddress(text)
	if err != nil {
		return Row{}, err
	}
	return Row{Kind: Address, Address: address}, nil
}

// String is the row as ParseRow reads it.
func (r Row) String() string {
	switch r.Kind {
	case Self:
		return SelfText
	case Address:
		return r.Address
	default:
		return NotSetText
	}
}

// MarshalText writes the row as String does.
func (r Row) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads what ParseRow reads.
func (r *Row) UnmarshalText(text []byte) error {
	row, err := ParseRow(string(text))
	if err == nil {
		*r = row
	}
	return err
}
