package config

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"

	"vns3/peering"
)

// values are values of some keys; all of them may stand in one file together.
var values = map[string][]any{
	"controller.name":      {"a", `b"#'`, "ü = [x]", `c\d`},
	"controller.topology":  {"Acme", "# no comment"},
	"controller.ntp_hosts": {[]string{"a.example"}, []string{"a.example", "10.0.0.1"}},
	"peering.1":            {peering.Row{Kind: peering.Self}},
	"peering.2":            {"10.0.2.10", "a.example", "not set"},
	"peering.3":            {"10.0.3.10", "b.example", peering.Row{}},
	"tunnels.mtu":          {1300, 1420},
	"tunnels.peer_mtu.2":   {1301, 1302},
	"tunnels.peer_mtu.3":   {1303},
	"health.hold_up":       {"1s", "2s"},
	"health.interval":      {"60ms", "75ms"},
	"console.mouse":        {true, false},
	"console.keys.quit":    {[]string{"q"}, []string{"q", "#"}},
	"console.keys.go top":  {[]string{"g"}},
	"log.format":           {"text", "json"},
}

// scribe writes random files: every key in one of the ways that TOML has for it.
type scribe struct {
	*rand.Rand
	root, sections []string // lines before and below the first header
}

func (s *scribe) pick(texts ...string) string { return texts[s.IntN(len(texts))] }

func (s *scribe) gap() string { return s.pick("", " ", " ", "  ", "\t") }

func (s *scribe) key(path ...string) string {
	parts := make([]string, len(path))
	for i, part := range path {
		if parts[i] = quoteKey(part); parts[i] == part {
			parts[i] = s.pick(part, part, `"`+part+`"`, `'`+part+`'`)
		}
	}
	return strings.Join(parts, s.pick(".", ".", " . "))
}

func (s *scribe) pair(key string, value any, inline bool) string {
	plain, _ := plainValue(value)
	text := encode(plain, s.IntN(2) == 0)
	if _, array := plain.([]any); array && !inline {
		text = strings.ReplaceAll(text, ", ", s.pick(",", " , ", ",\n  ", ", # x\n", "\n ,"))
	}
	return s.key(strings.Split(key, ".")...) + s.gap() + "=" + s.gap() + text
}

func (s *scribe) line(text string) string {
	return s.pick("", "", "  ", "\t") + text + s.pick("", "", " ", "  # note", "# = [x]")
}

func (s *scribe) noise(lines []string) []string {
	for s.IntN(3) == 0 {
		lines = append(lines, s.pick("", "  ", "# a comment", "#mtu = 1", "# [log]", "#3 = \"x\""))
	}
	return lines
}

func (s *scribe) table(name string, keys map[string]any) {
	order := slices.Sorted(maps.Keys(keys))
	s.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	switch s.IntN(3) {
	case 0:
		for _, key := range order {
			s.root = append(s.noise(s.root), s.line(s.pair(name+"."+key, keys[key], false)))
		}
	case 1:
		s.root = append(s.noise(s.root), s.line(s.key(name)+" = "+s.inline(order, keys)))
	default:
		s.section("["+s.gap()+s.key(name)+s.gap()+"]", order, keys)
	}
}

func (s *scribe) inline(order []string, keys map[string]any) string {
	entries := make([]string, len(order))
	for i, key := range order {
		entries[i] = s.pair(key, keys[key], true)
	}
	return "{" + s.gap() + strings.Join(entries, s.pick(",", ", ", " , ")) + s.gap() + "}"
}

func (s *scribe) section(header string, order []string, keys map[string]any) {
	s.sections = append(s.noise(s.sections), s.line(header))
	for _, key := range order {
		s.sections = append(s.noise(s.sections), s.line(s.pair(key, keys[key], false)))
	}
	s.sections = s.noise(s.sections)
}

func (s *scribe) routes() {
	inline := s.IntN(2) == 0
	var elements []string
	for n := range s.IntN(4) {
		keys := map[string]any{"cidr": fmt.Sprintf("10.%d.0.0/16", n)}
		if s.IntN(2) == 0 {
			keys["description"] = s.pick("one", "# two", "{}")
		}
		order := slices.Sorted(maps.Keys(keys))
		if inline {
			elements = append(elements, s.inline(order, keys))
		} else {
			s.section("[[ "+s.key(routeKey)+"]]", order, keys)
		}
	}
	if inline {
		s.root = append(s.root, s.line("route = ["+s.gap()+strings.Join(elements, s.pick(",", ", ", ",\n\t", " # x\n, "))+s.pick("", " ", "\n")+"]"))
	}
}

func (s *scribe) file() []byte {
	tables := map[string]map[string]any{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if s.IntN(2) == 0 {
			table, key, _ := strings.Cut(name, ".")
			if tables[table] == nil {
				tables[table] = map[string]any{}
			}
			tables[table][key] = s.valueOf(name)
		}
	}
	order := slices.Sorted(maps.Keys(tables))
	s.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	routesAt := s.IntN(len(order) + 1)
	for i, name := range order {
		if i == routesAt {
			s.routes()
		}
		s.table(name, tables[name])
	}
	text := strings.Join(slices.Concat(s.root, s.sections), "\n") + s.pick("", "\n", "\n\n")
	if s.IntN(2) == 0 {
		text = strings.ReplaceAll(text, "\n", "\r\n")
	}
	return []byte(s.pick("", byteOrderMark) + text)
}

func (s *scribe) valueOf(name string) any { return values[name][s.IntN(len(values[name]))] }

// change is a random edit, and the same edit of a Config.
func (s *scribe) change(now Config) (Change, func(*Config)) {
	names := slices.Sorted(maps.Keys(values))
	name := names[s.IntN(len(names))]
	key, at, _ := lookUp(strings.Split(name, "."))
	route := Route{CIDR: netip.MustParsePrefix("10.99.0.0/16"), Metric: s.IntN(1 << 30), Description: s.pick("", "x\"y")}
	switch n := len(now.Routes); s.IntN(6) {
	case 0:
		return AddRoute(route), func(c *Config) { c.Routes = append(slices.Clone(c.Routes), route) }
	case 1:
		if n > 0 {
			i := s.IntN(n)
			return RemoveRoute(i), func(c *Config) { c.Routes = slices.Delete(slices.Clone(c.Routes), i, i+1) }
		}
	case 2:
		if n > 0 {
			i := s.IntN(n)
			return SetRoute(i, "metric", route.Metric), func(c *Config) { c.Routes[i].Metric = route.Metric }
		}
	case 3:
		return Unset(name), func(c *Config) { toDefault(c, key, at) }
	}
	value := s.valueOf(name)
	return Set(name, value), func(c *Config) {
		plain, _ := plainValue(value)
		key.read(c, at, plain)
	}
}

// toDefault makes a key what it is in an empty file.
func toDefault(c *Config, key Key, at member) {
	switch key.Name {
	case "controller.ntp_hosts":
		c.Controller.NTPHosts = nil
	case "tunnels.peer_mtu.ID":
		id, _ := peering.ParseID(at.name)
		delete(c.Tunnels.PeerMTU, id)
	case "console.keys.ACTION":
		delete(c.Console.Keys, at.name)
	default:
		raw, _ := decodeRaw([]byte("value = " + cmp.Or(key.Default, `""`)))
		key.read(c, at, raw["value"])
	}
}

// Random edits of random files do what the same edits of the Config do, and nothing else: bytes outside of
// a value that is replaced stay, what is new is only put in, what goes is only taken out.
func TestEditRandom(t *testing.T) {
	const rounds = 1000
	for seed := range uint64(rounds) {
		s := &scribe{Rand: rand.New(rand.NewPCG(seed, 3))}
		text := s.file()
		before, err := Parse(text)
		if err != nil {
			t.Fatalf("seed %d: %v\n%s", seed, err, text)
		}
		for range 3 {
			change, apply := s.change(before)
			after, err := Edit(text, change)
			if err != nil {
				t.Fatalf("seed %d: %+v: %v\n%s", seed, change, err, text)
			}
			got, err := Parse(after)
			want, _ := Parse(text)
			apply(&want)
			if err != nil || !Diff(got, want).None() || !reflect.DeepEqual(got.Routes, want.Routes) && len(want.Routes) > 0 {
				t.Fatalf("seed %d: %+v: %v, differs in %v\nbefore\n%s\nafter\n%s", seed, change, err, Diff(want, got), text, after)
			}
			checkOutside(t, change, text, after)
			text, before = after, got
		}
	}
}

// checkOutside looks at the bytes that an edit left alone.
func checkOutside(t *testing.T, change Change, before, after []byte) {
	t.Helper()
	text := bytes.TrimPrefix(before, []byte(byteOrderMark))
	mark := len(before) - len(text)
	d, bad := parseDocument(text)
	if bad != nil {
		t.Fatal(bad)
	}
	var kept bool
	switch a := d.find(assignment, change.path); {
	case change.op == opSet && a != nil:
		kept = bytes.HasPrefix(after, before[:mark+a.value.start]) && bytes.HasSuffix(after, text[a.value.end:])
	case change.op == opSet || change.op == opAddRoute:
		_, removed, _ := sameOutside(before, after)
		kept = len(removed) == 0
	default:
		kept = subsequence(after, before)
	}
	if !kept {
		t.Fatalf("%+v changed other bytes too\nbefore\n%s\nafter\n%s", change, before, after)
	}
	if lone := bytes.Count(after, []byte("\n")) - bytes.Count(after, []byte("\r\n")); lone > 0 && bytes.Contains(before, []byte("\r\n")) {
		t.Fatalf("%+v: %d line breaks without CR\n%q", change, lone, after)
	}
}

// subsequence says whether a is b with some bytes taken out.
func subsequence(a, b []byte) bool {
	for _, c := range b {
		if len(a) > 0 && a[0] == c {
			a = a[1:]
		}
	}
	return len(a) == 0
}

// No file and no edit make Edit panic; what it returns is a valid configuration.
func FuzzEdit(f *testing.F) {
	for seed := range uint64(20) {
		f.Add((&scribe{Rand: rand.New(rand.NewPCG(seed, 4))}).file(), "tunnels.peer_mtu.3", 1300, uint8(seed))
	}
	f.Add([]byte("a = {b=[[{}]]}\n[[route]]\n[route.x]\n"), "peering.1", 1, uint8(2))
	f.Fuzz(func(t *testing.T, data []byte, key string, n int, which uint8) {
		route := Route{CIDR: netip.MustParsePrefix("10.99.0.0/16"), Metric: n, Description: key}
		changes := []Change{Set(key, n), Set(key, key), Unset(key), AddRoute(route), RemoveRoute(n), SetRoute(n, key, n)}
		edited, err := Edit(data, changes[int(which)%len(changes)])
		if err != nil {
			return
		}
		if _, err := Parse(edited); err != nil {
			t.Errorf("%q became %q: %v", data, edited, err)
		}
	})
}
