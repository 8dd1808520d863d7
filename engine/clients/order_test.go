package clients

import (
	"slices"
	"testing"

	"vns3/engine/link"
)

func set(ids ...int) (b link.Bitmap) {
	for _, id := range ids {
		b = b.With(id)
	}
	return b
}

// TestAssignedIsEven proves that clientpacks are spread evenly, over all indices and over those of one
// controller's share, whatever number of controllers there is.
func TestAssignedIsEven(t *testing.T) {
	for n := 1; n <= 9; n++ {
		var there link.Bitmap
		for id := 1; id <= n; id++ {
			there = there.With(id)
		}
		for _, step := range []int{1, 9} { // all packs; those of the share of one of nine controllers
			counts := map[int]int{}
			for k := range 100 * n {
				counts[Assigned(k*step, 9, there)]++
			}
			for id := range there.All() {
				if counts[id] < 90 || counts[id] > 110 {
					t.Errorf("%d controllers, every %d. pack: controller %d has %d of %d", n, step, id, counts[id], 100*n)
				}
			}
		}
	}
	if got := Assigned(5, 9, 0); got != 0 {
		t.Errorf("without any controller: %d", got)
	}
}

// TestOrderIsStable proves that losing a controller changes the order of nobody else, that the clients
// of the lost one are spread evenly, and that late ones come last.
func TestOrderIsStable(t *testing.T) {
	all := set(1, 2, 3, 4, 5)
	first := map[int]int{}
	for index := range 4000 {
		whole := Order(index, all, 0)
		rest := Order(index, all.Without(3), 0)
		if want := slices.DeleteFunc(slices.Clone(whole), func(id int) bool { return id == 3 }); !slices.Equal(rest, want) {
			t.Fatalf("client %d: %v, without 3 %v", index, whole, rest)
		}
		first[rest[0]]++
		if late := Order(index, all, set(whole[0])); late[len(late)-1] != whole[0] {
			t.Fatalf("client %d: %v, of whom %d is late, became %v", index, whole, whole[0], late)
		}
	}
	for id, n := range first {
		if n < 850 || n > 1150 {
			t.Errorf("controller %d is the first for %d of 4,000 clients", id, n)
		}
	}
}

// TestStandbysAreTheNext proves that a pack keeps its way open to exactly those who would take over.
func TestStandbysAreTheNext(t *testing.T) {
	there := set(1, 2, 3, 4, 5, 6)
	for index := range 100 {
		assigned := Assigned(index, 9, there)
		got := Standbys(index, assigned, there)
		if len(got) != 3 || slices.Contains(got, assigned) {
			t.Fatalf("pack %d of controller %d: standbys %v", index, assigned, got)
		}
		if next := Order(index, there.Without(assigned), 0); !slices.Equal(got, next[:3]) {
			t.Errorf("pack %d: standbys %v, takers %v", index, got, next)
		}
	}
	if got := Standbys(1, 1, set(1)); len(got) != 0 {
		t.Errorf("alone: standbys %v", got)
	}
}
