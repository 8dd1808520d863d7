package mesh

import (
	"fmt"
	"iter"
	"time"
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
	if err := CheckTags(change.Tags); err != nil {
		return fmt.Errorf("clientpack %d: %w", index, err)
	}
	p := c.Pack(index).apply(change, c.o.Self)
	c.packs.put(p, now)
	c.spread(ref{Packs, p.key()}, spreading{}, now)
	c.do(PackChanged{index})
	return nil
}

// CheckTags says what is wrong with tags that a clientpack is to have.
func CheckTags(tags map[string]string) error {
	if !tagsFit(tags) {
		return fmt.Errorf("tags: at most %d, none longer than %d bytes, %d bytes in all", MaxTags, MaxTagText, maxTagsAll)
	}
	for name, value := range tags {
		for _, r := range name + value {
			if r < ' ' || 0x7f <= r && r < 0xa0 {
				return fmt.Errorf("tag %q: it has a control character", name+"="+value)
			}
		}
	}
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
