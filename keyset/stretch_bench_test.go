package keyset

import "testing"

// Tells what preparing a token costs: it should stay some tenths of a second.
func BenchmarkStretch(b *testing.B) {
	for b.Loop() {
		if _, err := Stretch("lusab-babad-gutih", [SaltSize]byte{}, DefaultCost); err != nil {
			b.Fatal(err)
		}
	}
}

// Tells what a topology checksum costs.
func BenchmarkChecksum(b *testing.B) {
	k := example(b)
	for b.Loop() {
		k.Checksum(k.Overlay)
	}
}
