package mesh

import (
	"fmt"
	"iter"
	"strings"
	"time"
	"unicode"
)

// Pack returns the state of a clientpack.
func (c *Core) Pack(index int) Pack {
	if p, ok := c.packs.get(uint64(index)); ok {
		return p
	}
	return Pack{Index: index, Enabled: true}
}

// Packs returns the state of all clientpacks that were ever touched, in no order. The core must not
// be called meanwhile.
func (c *Core) Packs() iter.Seq[Pack] { return c.packs.all() }

// SetPack changes the state of a clientpack. The error says what is wrong with the change.
func (c *Core) SetPack(index int, change PackChange, now time.Time) error {
	if index < 0 || index > MaxIndex {
		return fmt.Errorf("clientpack %d: indices go from 0 to %d", index, MaxIndex)
	}
	if !tagsFit(change.Tags) {
		return fmt.Errorf("tags of clientpack %d: at most %d, none longer than %d bytes, %d bytes in all", index, MaxTags, MaxTagText, maxTagsAll)
	}
	for name, value := range change.Tags {
		if tag := name + "=" + value; strings.ContainsFunc(tag, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return fmt.Errorf("tag %q of clientpack %d: it has a character that cannot be shown", tag, index)
		}
	}
	p := c.Pack(index).apply(change, c.o.Self)
	c.packs.put(p, now)
	c.spread(ref{Packs, p.key()}, spreading{}, now)
	c.do(PackChanged{index})
	return nil
}

// EncodePack returns the state of a clientpack in the form in which it is replicated, for keeping it
// over a restart.
func EncodePack(p Pack) []byte { return p.append(nil) }

// LoadPack merges a state that was kept over a restart.
func (c *Core) LoadPack(encoded []byte, now time.Time) error {
	p, err := decodePack(encoded)
	if err != nil {
		return fmt.Errorf("kept state of a clientpack: %w", err)
	}
	if c.packs.take(p, now).changed {
		c.spread(ref{Packs, p.key()}, spreading{}, now)
		c.do(PackChanged{p.Index})
	}
	return nil
}
