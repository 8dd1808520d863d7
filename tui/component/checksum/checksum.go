// Package checksum says in words whether the topology checksum is equal on all controllers, so that
// nobody compares forty digits by eye.
package checksum

import (
	"fmt"
	"strings"

	"vns3/status"
)

// Words compares this controller's topology checksum with the others': "equal on #1 #2 #3", or who
// differs. Equal is false only where somebody is known to differ.
func Words(s *status.Snapshot) (words string, equal bool) {
	var same, other, unknown []string
	for _, p := range s.Peers {
		id := fmt.Sprintf("#%d", p.ID)
		switch {
		case p.Self:
			same = append(same, id)
		case p.State == status.NotSet:
		case p.ChecksumEqual == nil:
			unknown = append(unknown, id)
		case *p.ChecksumEqual:
			same = append(same, id)
		default:
			other = append(other, id)
		}
	}
	switch {
	case len(other) > 0:
		return "differs on " + strings.Join(other, " ") + ": another keyset or other overlay parameters there", false
	case len(same)+len(unknown) <= 1:
		return "no other controller to compare with", true
	case len(unknown) > 0 && len(same) <= 1:
		return "not compared yet with " + strings.Join(unknown, " "), true
	case len(unknown) > 0:
		return "equal on " + strings.Join(same, " ") + ", not known of " + strings.Join(unknown, " "), true
	}
	return "equal on " + strings.Join(same, " "), true
}
