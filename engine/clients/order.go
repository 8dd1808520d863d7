package clients

import (
	"cmp"
	"slices"

	"vns3/engine/link"
)

// Assigned returns the controller that a clientpack's configuration names, of those that are there; 0
// if none is. The packs of any stretch of indices are spread evenly, and so are those of each share
// (index mod licensed): whoever hands out packs of its own share alone still shares the load.
func Assigned(index, licensed int, there link.Bitmap) int {
	ids := slices.Collect(there.All())
	if len(ids) == 0 {
		return 0
	}
	licensed = max(licensed, 1)
	return ids[(index/licensed+index%licensed)%len(ids)]
}

// Order returns the controllers in the order in which they would take a client: the same everywhere
// for the same client, and without one of them the others keep their order. Those in last come after
// all others.
func Order(index int, there, last link.Bitmap) []int {
	ids := slices.Collect(there.All())
	slices.SortFunc(ids, func(a, b int) int {
		return cmp.Or(
			compareBool(last.Has(a), last.Has(b)),
			cmp.Compare(weight(index, b), weight(index, a)),
			cmp.Compare(a, b))
	})
	return ids
}

// compareBool puts false before true.
func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// weight is a pair's place in the rendezvous (the mixing function of SplitMix64).
func weight(index, id int) uint64 {
	x := uint64(index)<<8 | uint64(id)
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// maxStandbys is how many controllers besides its own a clientpack keeps a way open to.
const maxStandbys = 3

// Standbys returns the controllers to which a clientpack keeps a firewall or NAT open: those that would
// take the client if the assigned one were lost, first choice first.
func Standbys(index, assigned int, there link.Bitmap) []int {
	ids := Order(index, there.Without(assigned), 0)
	return ids[:min(len(ids), maxStandbys)]
}
