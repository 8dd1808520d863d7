package forward

import (
	"math/rand/v2"
	"net/netip"
	"testing"
)

// A table gives the longest prefix, as a search through a plain list does, and older tables stay as
// they were while new ones are made from them.
func TestTable(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	addr := func() netip.Addr {
		return netip.AddrFrom4([4]byte{10, byte(r.IntN(3)), byte(r.IntN(4)), byte(r.IntN(256))})
	}
	model := map[netip.Prefix]Destination{}
	var table *Table
	type old struct {
		table *Table
		addr  netip.Addr
		want  Destination
	}
	var olds []old
	for range 3000 {
		p := netip.PrefixFrom(addr(), r.IntN(33)).Masked()
		if r.IntN(3) == 0 {
			delete(model, p)
			table = table.Without(p)
		} else {
			d := Destination(1 + r.IntN(int(Unreachable)))
			model[p] = d
			table = table.With(p, d)
		}
		a := addr()
		var want Destination
		longest := -1
		for p, d := range model {
			if p.Contains(a) && p.Bits() > longest {
				longest, want = p.Bits(), d
			}
		}
		if got := table.Lookup(a); got != want || table.Len() != len(model) {
			t.Fatalf("%v leads to %v, want %v; %d prefixes, want %d", a, got, want, table.Len(), len(model))
		}
		olds = append(olds, old{table, a, want})
	}
	for _, o := range olds {
		if got := o.table.Lookup(o.addr); got != o.want {
			t.Fatalf("an older table now leads %v to %v, not %v", o.addr, got, o.want)
		}
	}
	if same := table.With(netip.MustParsePrefix("fd00::/8"), Kernel); same != table {
		t.Error("an IPv6 prefix changes the table")
	}
	if Controller(0) != Unreachable || Controller(10) != Unreachable || Controller(9) != 9 {
		t.Error("IDs outside 1 to 9 are controllers")
	}
}
