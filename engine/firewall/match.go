package firewall

import (
	"cmp"
	"net/netip"
	"strings"
)

// matches says whether a match statement applies.
func (r *Ruleset) matches(in chainName, body any, p Packet) tri {
	m, _ := body.(map[string]any)
	op, _ := m["op"].(string)
	if p.look(m["left"]).absent {
		return no
	}
	switch op {
	case "==", "in":
		return r.equal(in, m["left"], m["right"], p)
	case "!=":
		return r.equal(in, m["left"], m["right"], p).not()
	}
	have, bound := p.look(m["left"]).value, m["right"]
	order, comparable := compare(have, bound)
	if !comparable {
		return maybe
	}
	switch op {
	case "<":
		return truth(order < 0)
	case ">":
		return truth(order > 0)
	case "<=":
		return truth(order <= 0)
	case ">=":
		return truth(order >= 0)
	}
	return maybe
}

// equal says whether the packet has a value on the left that is on the right.
func (r *Ruleset) equal(in chainName, left, right any, p Packet) tri {
	if fields, concatenated := concat(left); concatenated {
		return r.equalAll(in, fields, right, p)
	}
	have := p.look(left)
	switch {
	case have.absent:
		return no
	case right == "*":
		return yes
	case have.never != "" && bare(right) == have.never:
		return no
	case have.value == nil:
		return maybe
	}
	return r.among(in, have.value, right)
}

// equalAll compares several fields at once with the tuples on the right.
func (r *Ruleset) equalAll(in chainName, fields []any, right any, p Packet) tri {
	if tuple, one := concat(right); one {
		if len(tuple) != len(fields) {
			return maybe
		}
		all := yes
		for i := range fields {
			all = all.and(r.equal(in, fields[i], tuple[i], p))
		}
		return all
	}
	tuples, known := r.elements(in, right)
	if !known {
		return maybe
	}
	found := no
	for _, tuple := range tuples {
		found = found.or(r.equalAll(in, fields, bare(tuple), p))
	}
	return found
}

func concat(v any) ([]any, bool) {
	m, _ := v.(map[string]any)
	parts, is := m["concat"].([]any)
	return parts, is
}

// elements are those of a set or map, written out or by its name.
func (r *Ruleset) elements(in chainName, v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case map[string]any:
		all, is := v["set"].([]any)
		return all, is
	case string:
		if name, is := strings.CutPrefix(v, "@"); is {
			all, known := r.sets[chainName{in.family, in.table, name}]
			return all, known
		}
	}
	return nil, false
}

// bare takes timeout, counter and comment off an element.
func bare(v any) any {
	if m, is := v.(map[string]any); is {
		if e, is := m["elem"].(map[string]any); is {
			return e["val"]
		}
	}
	return v
}

// among says whether a value is what stands on the right: itself, in a range, a prefix or a set.
func (r *Ruleset) among(in chainName, have, right any) tri {
	right = bare(right)
	if all, is := r.elements(in, right); is {
		found := no
		for _, one := range all {
			found = found.or(r.among(in, have, one))
		}
		return found
	}
	if m, is := right.(map[string]any); is {
		if bounds, is := m["range"].([]any); is && len(bounds) == 2 {
			low, ok := compare(have, bounds[0])
			high, also := compare(have, bounds[1])
			if ok && also {
				return truth(low >= 0 && high <= 0)
			}
		}
		if prefix, is := prefixOf(m["prefix"]); is {
			if a, is := have.(netip.Addr); is {
				return truth(prefix.Contains(a))
			}
		}
		return maybe
	}
	if wild, is := right.(string); is && strings.HasSuffix(wild, "*") {
		if s, is := have.(string); is {
			return truth(strings.HasPrefix(s, strings.TrimSuffix(wild, "*")))
		}
	}
	order, comparable := compare(have, right)
	if !comparable {
		return maybe
	}
	return truth(order == 0)
}

func prefixOf(v any) (netip.Prefix, bool) {
	m, _ := v.(map[string]any)
	text, _ := m["addr"].(string)
	bits, _ := m["len"].(float64)
	a, err := netip.ParseAddr(text)
	return netip.PrefixFrom(a, int(bits)), err == nil
}

// compare orders two values of one kind.
func compare(have, want any) (int, bool) {
	switch have := have.(type) {
	case netip.Addr:
		if s, is := want.(string); is {
			a, err := netip.ParseAddr(s)
			return have.Compare(a), err == nil
		}
	case float64:
		n, is := want.(float64)
		return cmp.Compare(have, n), is
	case string:
		s, is := want.(string)
		return strings.Compare(have, s), is
	}
	return 0, false
}
