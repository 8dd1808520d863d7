package mesh

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// The limits of tags.
const (
	MaxTags    = 16  // of a clientpack
	MaxTagText = 64  // bytes of a key or a value
	maxTagsAll = 512 // bytes of all tags, encoded: an item fits one datagram
)

// Pack is the replicated state of a clientpack, merged field by field. The state of a pack that
// nobody ever touched: epoch 0, enabled, not checked out, no tags.
type Pack struct {
	Index      int
	Epoch      uint32 // of its keys; the highest wins
	Enabled    bool
	CheckedOut bool
	Tags       map[string]string // not to be changed
	Exported   uint64            // digest of what its newest exported file says; 0: never exported

	enabledBy, checkedOutBy, tagsBy, exportedBy stamp
}

// stamp orders changes of one field: a higher counter is later; equal counters of different origins
// are concurrent.
type stamp struct {
	counter uint32
	origin  uint8
}

func (s stamp) raised(origin int) stamp { return stamp{s.counter + 1, uint8(origin)} }

func (s stamp) compare(with stamp) int {
	return cmp.Or(cmp.Compare(s.counter, with.counter), cmp.Compare(with.origin, s.origin))
}

const (
	packDisabled = 1 << iota
	packCheckedOut
)

func (p Pack) key() uint64 { return uint64(p.Index) }

func (p Pack) append(b []byte) []byte {
	b = appendU32(b, uint32(p.Index))
	b = appendU32(b, p.Epoch)
	b = append(b, flag(!p.Enabled, packDisabled)|flag(p.CheckedOut, packCheckedOut))
	for _, s := range []stamp{p.enabledBy, p.checkedOutBy, p.tagsBy, p.exportedBy} {
		b = append(appendU32(b, s.counter), s.origin)
	}
	return appendTags(appendU64(b, p.Exported), p.Tags)
}

// appendTags encodes tags in order of their keys.
func appendTags(b []byte, tags map[string]string) []byte {
	b = append(b, byte(len(tags)))
	for _, k := range slices.Sorted(maps.Keys(tags)) {
		b = appendText(appendText(b, k), tags[k])
	}
	return b
}

func decodePack(b []byte) (Pack, error) {
	r := reader{b: b}
	p := Pack{Index: int(r.u32()), Epoch: r.u32()}
	flags := r.u8()
	p.Enabled, p.CheckedOut = flags&packDisabled == 0, flags&packCheckedOut != 0
	for _, s := range []*stamp{&p.enabledBy, &p.checkedOutBy, &p.tagsBy, &p.exportedBy} {
		*s = stamp{r.u32(), r.u8()}
	}
	p.Exported = r.u64()
	tags := map[string]string{}
	for range r.u8() {
		key := r.text()
		tags[key] = r.text()
		if r.short {
			break
		}
	}
	if r.short {
		return Pack{}, fmt.Errorf("clientpack state of %d bytes: %w", len(b), ErrShort)
	}
	if len(tags) > 0 {
		p.Tags = tags
	}
	if p.Index > MaxIndex || !tagsFit(p.Tags) {
		return Pack{}, fmt.Errorf("state of clientpack %d: %w", p.Index, ErrValue)
	}
	return p, nil
}

// tagsFit reports whether tags keep within their limits.
func tagsFit(tags map[string]string) bool {
	for k, v := range tags {
		if len(k) > MaxTagText || len(v) > MaxTagText {
			return false
		}
	}
	return len(tags) <= MaxTags && len(appendTags(nil, tags)) <= maxTagsAll
}

// merge takes each field from the later change. Concurrent changes: disabled wins, checked out wins,
// tags and export of the lowest ID win.
func (p Pack) merge(with Pack) Pack {
	p.Epoch = max(p.Epoch, with.Epoch)
	p.Enabled, p.enabledBy = mergeFlag(p.Enabled, with.Enabled, p.enabledBy, with.enabledBy, false)
	p.CheckedOut, p.checkedOutBy = mergeFlag(p.CheckedOut, with.CheckedOut, p.checkedOutBy, with.checkedOutBy, true)
	order := p.tagsBy.compare(with.tagsBy)
	if order == 0 {
		order = bytes.Compare(appendTags(nil, p.Tags), appendTags(nil, with.Tags))
	}
	if order < 0 {
		p.Tags, p.tagsBy = with.Tags, with.tagsBy
	}
	if cmp.Or(p.exportedBy.compare(with.exportedBy), cmp.Compare(p.Exported, with.Exported)) < 0 {
		p.Exported, p.exportedBy = with.Exported, with.exportedBy
	}
	return p
}

// mergeFlag returns the later value of a flag and its stamp; of concurrent ones the value that wins.
func mergeFlag(a, b bool, by, with stamp, wins bool) (bool, stamp) {
	order := cmp.Compare(by.counter, with.counter)
	if order == 0 && a != b {
		order = cmp.Compare(flag(a == wins, 1), flag(b == wins, 1))
	}
	if cmp.Or(order, by.compare(with)) < 0 {
		return b, with
	}
	return a, by
}

// PackChange changes fields of a Pack; nil fields stay.
type PackChange struct {
	Regenerate bool // raise the epoch
	Enabled    *bool
	CheckedOut *bool
	Tags       map[string]string // replaces all tags; an empty map removes them
	Exported   *uint64
}

// apply returns the pack as origin changes it.
func (p Pack) apply(c PackChange, origin int) Pack {
	if c.Regenerate {
		p.Epoch++
	}
	if c.Enabled != nil {
		p.Enabled, p.enabledBy = *c.Enabled, p.enabledBy.raised(origin)
	}
	if c.CheckedOut != nil {
		p.CheckedOut, p.checkedOutBy = *c.CheckedOut, p.checkedOutBy.raised(origin)
	}
	if c.Exported != nil {
		p.Exported, p.exportedBy = *c.Exported, p.exportedBy.raised(origin)
	}
	if c.Tags != nil {
		p.Tags, p.tagsBy = maps.Clone(c.Tags), p.tagsBy.raised(origin)
		if len(p.Tags) == 0 {
			p.Tags = nil
		}
	}
	return p
}
