package firewall

import (
	"fmt"
	"maps"
	"slices"
)

// Passage says whether a packet gets through.
type Passage int

// The passages.
const (
	Open    Passage = iota
	Blocked         // dropped or rejected, for sure
	Unclear         // it depends on what cannot be known here
)

// Verdict is what the rules do with a packet.
type Verdict struct {
	Passage Passage
	Where   string // the rule or policy that blocks it, or may
}

// fate is what may become of a packet, as a set.
type fate struct {
	accepted, dropped, goesOn bool
	where                     string // that drops it
}

// or is what may happen where either does.
func (f fate) or(g fate) fate {
	if f.where == "" {
		f.where = g.where
	}
	f.accepted, f.dropped, f.goesOn = f.accepted || g.accepted, f.dropped || g.dropped, f.goesOn || g.goesOn
	return f
}

// walk is a packet's way through the rules. A chain does the same with it each time.
type walk struct {
	*Ruleset
	Packet
	passed map[chainName]fate
}

// Judge says what the rules do with a packet. Every chain at its way must let it pass.
func (r *Ruleset) Judge(p Packet) Verdict {
	verdict, w := Verdict{}, walk{r, p, map[chainName]fate{}}
	for _, c := range r.bases(p) {
		f := w.pass(c)
		if f.goesOn && c.drops {
			f = fate{accepted: f.accepted, dropped: true, where: f.where}
			if f.where == "" {
				f.where = place(c) + ", by its policy"
			}
		}
		switch {
		case f.dropped && !f.accepted && !f.goesOn:
			return Verdict{Blocked, f.where}
		case f.dropped && verdict.Passage == Open:
			verdict = Verdict{Unclear, f.where}
		}
	}
	return verdict
}

func place(c *chain) string {
	return fmt.Sprintf("table %s %s, chain %s", c.name.family, c.name.table, c.name.name)
}

// pass sends the packet through a chain.
func (w walk) pass(c *chain) fate {
	if f, done := w.passed[c.name]; done {
		return f
	}
	w.passed[c.name] = fate{accepted: true, dropped: true, where: place(c)} // if it leads back here, which the kernel refuses
	f := w.through(c)
	w.passed[c.name] = f
	return f
}

func (w walk) through(c *chain) (all fate) {
	for _, rule := range c.rules {
		f, leaves := w.apply(c, rule)
		goesOn := f.goesOn
		f.goesOn = leaves
		all = all.or(f)
		if !goesOn {
			return all
		}
	}
	return all.or(fate{goesOn: true})
}

// apply is what a rule does; leaves says that the packet may go back to the chain before.
func (w walk) apply(c *chain, rule rule) (f fate, leaves bool) {
	sure := yes
	for _, statement := range rule.statements {
		name, body := only(statement)
		switch name {
		case "match":
			sure = sure.and(w.matches(c.name, body, w.Packet))
		case "accept", "drop", "reject", "return", "jump", "goto", "queue":
			f, leaves = w.verdict(c, rule, name, body)
			return f.unless(sure), leaves && sure != no
		case "vmap":
			f, leaves = w.mapped(c, rule, body)
			return f.unless(sure), leaves && sure != no
		case "counter", "log", "comment", "mangle", "ct helper", "notrack", "meter", "set", "map", "flow", "secmark":
		default: // limits, quotas, matches of iptables: they may match or not
			sure = sure.and(maybe)
		}
		if sure == no {
			break
		}
	}
	return fate{goesOn: true}, false
}

// unless is the fate where it is not sure that the rule applies.
func (f fate) unless(applies tri) fate {
	switch applies {
	case no:
		return fate{goesOn: true}
	case maybe:
		return f.or(fate{goesOn: true})
	}
	return f
}

// verdict is what the end of a rule does.
func (w walk) verdict(c *chain, rule rule, name string, body any) (f fate, leaves bool) {
	where := fmt.Sprintf("%s, handle %d", place(c), rule.handle)
	switch name {
	case "accept":
		return fate{accepted: true}, false
	case "drop", "reject":
		return fate{dropped: true, where: where}, false
	case "return":
		return fate{}, true
	case "jump", "goto":
		target, _ := body.(map[string]any)
		to, _ := target["target"].(string)
		next := w.chains[chainName{c.name.family, c.name.table, to}]
		if next == nil {
			break
		}
		f = w.pass(next)
		if name == "goto" {
			leaves, f.goesOn = f.goesOn, false
		}
		return f, leaves
	case "continue":
		return fate{goesOn: true}, false
	}
	return fate{accepted: true, dropped: true, where: where}, false // a program decides
}

// mapped looks the packet up in a verdict map.
func (w walk) mapped(c *chain, rule rule, body any) (f fate, leaves bool) {
	m, _ := body.(map[string]any)
	entries, known := w.elements(c.name, m["data"])
	if !known {
		return fate{accepted: true, dropped: true, goesOn: true, where: fmt.Sprintf("%s, handle %d", place(c), rule.handle)}, false
	}
	for _, entry := range entries {
		pair, _ := entry.([]any)
		if len(pair) != 2 {
			continue
		}
		applies := w.equal(c.name, m["key"], pair[0], w.Packet)
		if applies == no {
			continue
		}
		name, argument := onlyOf(pair[1])
		g, out := w.verdict(c, rule, name, argument)
		f, leaves = f.or(g), leaves || out
		if applies == yes {
			return f, leaves
		}
	}
	return f.or(fate{goesOn: true}), leaves
}

// only is the one entry of a statement.
func only(statement map[string]any) (string, any) {
	for _, name := range slices.Sorted(maps.Keys(statement)) {
		return name, statement[name]
	}
	return "", nil
}

func onlyOf(v any) (string, any) {
	statement, _ := v.(map[string]any)
	return only(statement)
}
