// Package firewall says whether this host's own nftables rules let a packet pass. It is pure: it is
// handed the rules as `nft -j list ruleset` prints them, and answers with what is sure. Where a rule
// depends on what it does not know, it says so instead of guessing.
package firewall

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// Ruleset is a host's rules.
type Ruleset struct {
	chains map[chainName]*chain
	sets   map[chainName][]any // elements of sets and maps, by their own names
}

// chainName is the full name of a chain, or of a set.
type chainName struct{ family, table, name string }

type chain struct {
	name  chainName
	hook  string // empty: only jumped to
	kind  string
	prio  float64
	drops bool // its policy
	rules []rule
}

type rule struct {
	handle     int
	statements []map[string]any
}

// object is one entry of what nft prints: exactly one field is set.
type object struct {
	Chain *struct {
		Family, Table, Name, Type, Hook, Policy string
		Prio                                    json.RawMessage
	}
	Rule *struct {
		Family, Table, Chain string
		Handle               int
		Expr                 []map[string]any
	}
	Set, Map *struct {
		Family, Table, Name string
		Elem                []any
	}
}

// Parse reads what `nft -j list ruleset` prints.
func Parse(printed []byte) (*Ruleset, error) {
	var all struct{ Nftables []object }
	if err := json.Unmarshal(printed, &all); err != nil {
		return nil, fmt.Errorf("the rules are not what `nft -j list ruleset` prints: %w", err)
	}
	r := &Ruleset{chains: map[chainName]*chain{}, sets: map[chainName][]any{}}
	for _, o := range all.Nftables {
		switch set := cmp.Or(o.Set, o.Map); {
		case o.Chain != nil:
			name := chainName{o.Chain.Family, o.Chain.Table, o.Chain.Name}
			c := &chain{name: name, hook: o.Chain.Hook, kind: o.Chain.Type, drops: o.Chain.Policy == "drop"}
			_ = json.Unmarshal(o.Chain.Prio, &c.prio) // a name stands for a number near zero
			r.chains[name] = c
		case set != nil:
			r.sets[chainName{set.Family, set.Table, set.Name}] = set.Elem
		}
	}
	for _, o := range all.Nftables {
		if o.Rule == nil {
			continue
		}
		if c := r.chains[chainName{o.Rule.Family, o.Rule.Table, o.Rule.Chain}]; c != nil {
			c.rules = append(c.rules, rule{handle: o.Rule.Handle, statements: o.Rule.Expr})
		}
	}
	return r, nil
}

// bases are the chains that a packet of the family passes, in order.
func (r *Ruleset) bases(p Packet) []*chain {
	hooks := []string{"prerouting", "input"}
	if p.Leaves {
		hooks = []string{"output", "postrouting"}
	}
	var all []*chain
	for _, c := range r.chains {
		if slices.Contains(hooks, c.hook) && c.kind != "nat" && (c.name.family == "inet" || c.name.family == p.family()) {
			all = append(all, c)
		}
	}
	slices.SortFunc(all, func(a, b *chain) int {
		return cmp.Or(slices.Index(hooks, a.hook)-slices.Index(hooks, b.hook), cmp.Compare(a.prio, b.prio),
			cmp.Compare(a.name.table, b.name.table), cmp.Compare(a.name.name, b.name.name))
	})
	return all
}
