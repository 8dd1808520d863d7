package config

import (
	"strings"

	"vns3/peering"
)

// Difference tells what is not the same in two configurations.
type Difference struct {
	Keys    []string         // every key that differs, as the schema names it, in its order
	Peering []peering.Change // rows that differ
	Restart []string         // the keys of these that take effect with the next start of the engine
}

// Diff is what becomes different when a is replaced by b.
func Diff(a, b Config) Difference {
	d := Difference{Peering: peering.Diff(a.Peering, b.Peering)}
	for _, key := range schema {
		if key.show(a) == key.show(b) {
			continue
		}
		d.Keys = append(d.Keys, key.Name)
		if key.Restart {
			d.Restart = append(d.Restart, key.Name)
		}
	}
	return d
}

// None says whether nothing differs.
func (d Difference) None() bool { return len(d.Keys) == 0 }

// Touches says whether a key differs that is name or below it: Touches("health"), Touches("tunnels.mtu"),
// Touches("route").
func (d Difference) Touches(name string) bool {
	for _, key := range d.Keys {
		if rest, ok := strings.CutPrefix(key, name); ok && (rest == "" || rest[0] == '.' || rest[0] == '[') {
			return true
		}
	}
	return false
}

// String is what differs, rows of the peering table with their values, on one line.
func (d Difference) String() string {
	var parts []string
	for _, change := range d.Peering {
		parts = append(parts, change.String())
	}
	for _, key := range d.Keys {
		if !strings.HasPrefix(key, peeringTable+".") {
			parts = append(parts, key)
		}
	}
	return strings.Join(parts, "; ")
}
