package mesh

import "net/netip"

// BestRoute is the controller to which packets for a prefix go.
type BestRoute struct {
	Prefix     netip.Prefix
	Controller int // ID; this controller itself where it advertises the prefix and is best
	Metric     uint32
	Others     []int // further controllers that offer it, best first, unreachable ones last
}
