package checksum_test

import (
	"testing"

	"vns3/status"
	"vns3/tui/component/checksum"
)

// Who is equal, who differs, who is not known; a single controller differs from nobody.
func TestWords(t *testing.T) {
	yes, no := true, false
	self := status.Peer{ID: 1, Self: true}
	for _, c := range []struct {
		peers []status.Peer
		words string
		equal bool
	}{
		{nil, "no other controller to compare with", true},
		{[]status.Peer{self, {ID: 2, State: status.NotSet}}, "no other controller to compare with", true},
		{[]status.Peer{self, {ID: 2, ChecksumEqual: &yes}}, "equal on #1 #2", true},
		{[]status.Peer{self, {ID: 2, ChecksumEqual: &yes}, {ID: 3}}, "equal on #1 #2, not known of #3", true},
		{[]status.Peer{self, {ID: 2}}, "not compared yet with #2", true},
		{[]status.Peer{self, {ID: 2, ChecksumEqual: &no}, {ID: 3, ChecksumEqual: &yes}}, "differs on #2: another keyset or other overlay parameters there", false},
	} {
		words, equal := checksum.Words(&status.Snapshot{Peers: c.peers})
		if words != c.words || equal != c.equal {
			t.Errorf("%q %v, want %q %v", words, equal, c.words, c.equal)
		}
	}
}
