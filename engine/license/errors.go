package license

import (
	"errors"
	"fmt"
)

// DamagedError says that a text is not a license, or not any more what its signer signed.
type DamagedError struct {
	Line   int // 1, 2, …; 0: the whole text
	Reason string
}

// Error names line, reason and remedy.
func (e *DamagedError) Error() string {
	where := "the license"
	if e.Line > 0 {
		where = fmt.Sprintf("the license, line %d", e.Line)
	}
	return where + ": " + e.Reason + ": take the file again as its signer issued it"
}

// ForeignError says that a license is whole but signed by somebody who is not trusted here.
type ForeignError struct {
	Signer   string
	Verifier string
}

// Error names the signer and the remedy.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("the license is signed by %q, who is not trusted here: if it should be, add %q to trusted in [license]", e.Signer, e.Verifier)
}

// TermsError says that what a license says cannot be: counts that do not fit its subnet, addresses twice.
type TermsError struct {
	Reason string
}

// Error gives the reason.
func (e *TermsError) Error() string { return "the license cannot be used: " + e.Reason }

// UpgradeError says why a license cannot take the place of the installed one.
type UpgradeError struct {
	Reason string
}

// Error gives the reason.
func (e *UpgradeError) Error() string { return "license upgrade refused: " + e.Reason }

// Errors of a Store.
var (
	ErrUnlicensed = errors.New("no license is installed: install one first (vns3 license install)")
	ErrFinalized  = errors.New("the overlay parameters are set for good: to replace the license use an upgrade (vns3 license upgrade)")
)
