package mesh

// Route is the way to one controller.
type Route struct {
	NextHop   int    // 0: unreachable
	Alternate int    // loop-free way round the next hop; 0: none
	Suspect   bool   // deflect packets that enter the mesh here to Alternate, if there is one
	Draining  bool   // the destination drains
	Cost      uint32 // of the path
	Path      []int  // IDs after this controller, the destination last; empty: unreachable
}

// Routes is an immutable table of ways, by controller ID. Index 0 and the own ID are unused.
type Routes [MaxID + 1]Route
