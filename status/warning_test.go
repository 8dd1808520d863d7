package status

import (
	"testing"
	"time"
)

// Warnings come with the worst first, and a severity is at least itself and what is less.
func TestSeverity(t *testing.T) {
	visible := new(Tracker).Update([]Finding{{Code: PacksOutdated}, {Code: LicenseExceeded}, {Code: ConfigRefused}}, time.Now())
	for i, want := range []Severity{Error, Warn, Info} {
		if got := visible[i].Severity; got != want {
			t.Errorf("warning %d is %s, want %s", i, got, want)
		}
		for _, least := range []Severity{Error, Warn, Info}[i:] {
			if !want.AtLeast(least) {
				t.Errorf("%s is not at least %s", want, least)
			}
		}
	}
	if Info.AtLeast(Warn) || Warn.AtLeast(Error) || !Severity("").AtLeast(Info) {
		t.Error("what is less is not at least what is more, and without a severity it is the lowest")
	}
}
