package mesh

import (
	"iter"
	"slices"
	"time"
)

// Kind is a kind of replicated item.
type Kind uint8

// The kinds of replicated items.
const (
	Records Kind = iota
	Claims
	Adverts
	Packs
	kinds
)

// String returns the name of the kind.
func (k Kind) String() string {
	return [...]string{"records", "claims", "routes", "packs", "unknown kind"}[min(k, kinds)]
}

// bucketCount is how many parts a table has for finding differences.
const bucketCount = 256

// item is a replicated item. Merging is commutative, associative and idempotent, so that controllers
// agree in whatever order items reach them.
type item[V any] interface {
	key() uint64
	append(b []byte) []byte
	merge(with V) V
}

// entry is an item with the digest of its encoding.
type entry[V any] struct {
	value  V
	digest uint64
}

// bucket is one part of a table.
type bucket[V any] struct {
	entries map[uint64]entry[V]
	hash    uint64    // xor of the digests
	changed time.Time // newest change
}

// table is all items of one kind, with a root and bucket hashes that are kept up to date.
type table[V item[V]] struct {
	buckets [bucketCount]bucket[V]
	root    uint64 // xor of the bucket hashes
	size    int
	scratch []byte
}

func bucketOf(key uint64) int { return int(mix(key) % bucketCount) }

func (t *table[V]) get(key uint64) (V, bool) {
	e, ok := t.buckets[bucketOf(key)].entries[key]
	return e.value, ok
}

// put stores an item as it is.
func (t *table[V]) put(v V, now time.Time) {
	key := v.key()
	b := &t.buckets[bucketOf(key)]
	old, had := b.entries[key]
	if !had {
		t.size++
		if b.entries == nil {
			b.entries = map[uint64]entry[V]{}
		}
	}
	e := entry[V]{v, t.digest(v)}
	b.entries[key] = e
	b.hash ^= old.digest ^ e.digest
	t.root ^= old.digest ^ e.digest
	b.changed = now
}

func (t *table[V]) digest(v V) uint64 {
	t.scratch = v.append(t.scratch[:0])
	return digest(t.scratch)
}

// outcome is what became of an item that came.
type outcome struct {
	changed bool // the table has something new
	behind  bool // the sender does not have all that the table has
}

// take merges an item that came.
func (t *table[V]) take(v V, now time.Time) outcome {
	key := v.key()
	old, had := t.buckets[bucketOf(key)].entries[key]
	if !had {
		t.put(v, now)
		return outcome{changed: true}
	}
	came := t.digest(v)
	if came == old.digest {
		return outcome{}
	}
	merged := old.value.merge(v)
	d := t.digest(merged)
	if d != old.digest {
		t.put(merged, now)
	}
	return outcome{changed: d != old.digest, behind: d != came}
}

// all returns every item, in no order.
func (t *table[V]) all() iter.Seq[V] {
	return func(yield func(V) bool) {
		for i := range t.buckets {
			for _, e := range t.buckets[i].entries {
				if !yield(e.value) {
					return
				}
			}
		}
	}
}

// store is a table as flooding and repair see it.
type store interface {
	rootHash() uint64
	bucketHash(bucket int) uint64
	bucketChanged(bucket int) time.Time
	bucketKeys(bucket int) []uint64 // in order
	encode(b []byte, key uint64) []byte
}

func (t *table[V]) rootHash() uint64                   { return t.root }
func (t *table[V]) bucketHash(bucket int) uint64       { return t.buckets[bucket].hash }
func (t *table[V]) bucketChanged(bucket int) time.Time { return t.buckets[bucket].changed }

func (t *table[V]) bucketKeys(bucket int) []uint64 {
	keys := make([]uint64, 0, len(t.buckets[bucket].entries))
	for key := range t.buckets[bucket].entries {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}

// encode appends an item, or nothing if it is not there.
func (t *table[V]) encode(b []byte, key uint64) []byte {
	if e, ok := t.buckets[bucketOf(key)].entries[key]; ok {
		return e.value.append(b)
	}
	return b
}
