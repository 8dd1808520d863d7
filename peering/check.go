package peering

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Severity says whether a problem refuses a table or is only told.
type Severity uint8

// The severities.
const (
	Warning Severity = iota // the table is accepted
	Error                   // the table is refused
)

// String is the severity in lower case.
func (s Severity) String() string {
	if s == Error {
		return "error"
	}
	return "warning"
}

// Code names the rule that a table breaks.
type Code uint8

// The rules of a peering table.
const (
	TwoSelves        Code = iota // more than one row says "this instance"
	BadAddress                   // neither an IP address nor a host name
	DuplicateAddress             // two rows have the same address
	OwnAddress                   // a row points at this controller itself
	BeyondLicense                // more rows than the license allows: kept, not run
	NoSelf                       // addresses, but no "this instance"
)

var codes = [...]string{
	TwoSelves:        "two_selves",
	BadAddress:       "bad_address",
	DuplicateAddress: "duplicate_address",
	OwnAddress:       "own_address",
	BeyondLicense:    "beyond_license",
	NoSelf:           "no_self",
}

// String is the code as programs read it.
func (c Code) String() string {
	if int(c) < len(codes) {
		return codes[c]
	}
	return "code " + strconv.Itoa(int(c))
}

// Problem is a rule that a table breaks.
type Problem struct {
	Code     Code
	Severity Severity
	Rows     []int  // IDs of the rows that break it, in order
	Text     string // what is wrong; names the rows
	Remedy   string // what to do
}

// String is one line: text, remedy.
func (p Problem) String() string { return p.Text + ": " + p.Remedy }

// Problems is all that is wrong with a table, errors before warnings.
type Problems []Problem

// Err is nil if the table is accepted, else the Errors as one error.
func (p Problems) Err() error {
	if errors := p.Errors(); len(errors) > 0 {
		return errors
	}
	return nil
}

// Errors are the problems for which a table is refused.
func (p Problems) Errors() Problems { return p.of(Error) }

// Warnings are the problems with which a table is accepted.
func (p Problems) Warnings() Problems { return p.of(Warning) }

func (p Problems) of(severity Severity) Problems {
	var some Problems
	for _, problem := range p {
		if problem.Severity == severity {
			some = append(some, problem)
		}
	}
	return some
}

// Error is every problem, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}

// Rules is what Check has to know besides the table.
type Rules struct {
	Licensed int                   // how many controllers the license allows; 0: unlicensed, all rows may be held
	Listen   netip.Addr            // the address that this controller is bound to; the zero Addr: all
	IsLocal  func(netip.Addr) bool // is it an address of this machine? nil: not known
	Strict   bool                  // refuse an incomplete table, as the console's Save does
}

// Check tells everything that is wrong with the table.
func Check(t Table, r Rules) Problems {
	var found Problems
	if selves := t.Selves(); len(selves) > 1 {
		found = append(found, Problem{
			Code: TwoSelves, Severity: Error, Rows: selves,
			Text:   fmt.Sprintf("%s say %q", rowNames(selves), SelfText),
			Remedy: "choose it in the one row that is this controller",
		})
	}
	addresses, bad := normalise(t)
	found = append(found, bad...)
	found = append(found, duplicates(addresses)...)
	found = append(found, r.ownAddresses(addresses)...)
	if beyond := r.beyondLicense(t); len(beyond) > 0 {
		found = append(found, Problem{
			Code: BeyondLicense, Severity: Warning, Rows: beyond,
			Text:   fmt.Sprintf("%s beyond the license, which allows %d: kept, not run", rowsAre(beyond), r.Licensed),
			Remedy: "upgrade the license, or set them to \"" + NotSetText + "\"",
		})
	}
	if t.State() == Incomplete {
		found = append(found, r.noSelf(t))
	}
	return append(found.Errors(), found.Warnings()...)
}

func (r Rules) noSelf(t Table) Problem {
	severity := Warning
	if r.Strict {
		severity = Error
	}
	return Problem{
		Code: NoSelf, Severity: severity, Rows: t.Peers(),
		Text:   fmt.Sprintf("no row says %q, so no tunnel of %s runs", SelfText, rowNames(t.Peers())),
		Remedy: "choose it in the one row that is this controller",
	}
}

// normalise returns the addresses of the rows as ParseAddress writes them, and the rows that have none.
func normalise(t Table) (addresses Table, bad Problems) {
	for _, id := range t.Peers() {
		address, refused := parseAddress(t[id].Address)
		if refused != nil {
			bad = append(bad, Problem{
				Code: BadAddress, Severity: Error, Rows: []int{id},
				Text:   fmt.Sprintf("row %d: %q %s", id, refused.Text, refused.Reason),
				Remedy: refused.Remedy,
			})
			continue
		}
		addresses[id] = Row{Kind: Address, Address: address}
	}
	return addresses, bad
}

func duplicates(addresses Table) Problems {
	var found Problems
	told := map[string]bool{}
	for _, row := range addresses.Rows() {
		if row.Kind != Address || told[row.Address] {
			continue
		}
		told[row.Address] = true
		var same []int
		for id, other := range addresses.Rows() {
			if other == row {
				same = append(same, id)
			}
		}
		if len(same) > 1 {
			found = append(found, Problem{
				Code: DuplicateAddress, Severity: Error, Rows: same,
				Text:   fmt.Sprintf("%s have the same address %s", rowNames(same), row.Address),
				Remedy: "give each controller its own address",
			})
		}
	}
	return found
}

func (r Rules) ownAddresses(addresses Table) Problems {
	var found Problems
	for id, row := range addresses.Rows() {
		if row.Kind == Address && r.isOwn(row.Address) {
			found = append(found, Problem{
				Code: OwnAddress, Severity: Error, Rows: []int{id},
				Text:   fmt.Sprintf("row %d: %s points at this controller itself", id, row.Address),
				Remedy: fmt.Sprintf("if this is controller %d choose %q, else write its address", id, SelfText),
			})
		}
	}
	return found
}

// isOwn says whether an address is this controller's: where it listens on one address, only that one,
// so that several controllers fit on one machine; else any address of the machine.
func (r Rules) isOwn(address string) bool {
	ip, err := netip.ParseAddr(address)
	switch {
	case r.Listen.IsValid():
		return err == nil && ip == r.Listen.Unmap()
	case err == nil:
		return r.IsLocal != nil && r.IsLocal(ip)
	default: // RFC 6761, section 6.3: these names are the loopback address everywhere
		return address == "localhost" || strings.HasSuffix(address, ".localhost")
	}
}

func (r Rules) beyondLicense(t Table) []int {
	var beyond []int
	for id, row := range t.Rows() {
		if r.Licensed > 0 && id > r.Licensed && row.Kind != NotSet {
			beyond = append(beyond, id)
		}
	}
	return beyond
}

func rowsAre(ids []int) string {
	if len(ids) == 1 {
		return rowNames(ids) + " is"
	}
	return rowNames(ids) + " are"
}

// rowNames is "row 3", "rows 2 and 3" or "rows 2, 3 and 5".
func rowNames(ids []int) string {
	var b strings.Builder
	b.WriteString("row")
	if len(ids) > 1 {
		b.WriteString("s")
	}
	for i, id := range ids {
		switch {
		case i == 0:
			b.WriteString(" ")
		case i == len(ids)-1:
			b.WriteString(" and ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(strconv.Itoa(id))
	}
	return b.String()
}
