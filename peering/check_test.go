package peering

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"sort"
	"strings"
	"testing"
)

func local(addresses ...string) func(netip.Addr) bool {
	return func(ip netip.Addr) bool {
		for _, a := range addresses {
			if netip.MustParseAddr(a) == ip {
				return true
			}
		}
		return false
	}
}

// Every rule, each with its text, in the order errors before warnings.
func TestCheck(t *testing.T) {
	raw := func(id int, address string) Table {
		var t Table
		t[id] = Row{Kind: Address, Address: address}
		return t
	}
	with := func(t Table, id int, row Row) Table { t[id] = row; return t }
	self := Row{Kind: Self}
	for name, c := range map[string]struct {
		table Table
		rules Rules
		want  []string
	}{
		"empty":  {},
		"single": {table: table(t, "self")},
		"whole":  {table: table(t, "self", "10.0.2.10", "a.example")},
		"two selves": {table: table(t, "self", "none", "self"),
			want: []string{`error two_selves [1 3] rows 1 and 3 say "this instance": choose it in the one row that is this controller`}},
		"three selves": {table: table(t, "self", "self", "self"),
			want: []string{`error two_selves [1 2 3] rows 1, 2 and 3 say "this instance": choose it in the one row that is this controller`}},
		"duplicate": {table: table(t, "self", "a.example", "b.example", "a.example"),
			want: []string{`error duplicate_address [2 4] rows 2 and 4 have the same address a.example: give each controller its own address`}},
		"duplicate in two spellings": {table: with(with(raw(2, "::ffff:10.0.2.10"), 3, Row{Kind: Address, Address: "10.0.2.10"}), 1, self),
			want: []string{`error duplicate_address [2 3] rows 2 and 3 have the same address 10.0.2.10: give each controller its own address`}},
		"bad address": {table: with(raw(2, "a:1195"), 1, self),
			want: []string{`error bad_address [2] row 2: "a:1195" has a port: the ports are fixed (UDP 1194 + ID): write a`}},
		"empty address": {table: with(raw(2, ""), 1, self),
			want: []string{`error bad_address [2] row 2: "" is empty: write an IP address or a DNS name`}},
		"own address": {table: table(t, "self", "10.0.1.10"), rules: Rules{IsLocal: local("10.0.1.10")},
			want: []string{`error own_address [2] row 2: 10.0.1.10 points at this controller itself: if this is controller 2 choose "this instance", else write its address`}},
		"own address, not known": {table: table(t, "self", "10.0.1.10")},
		"localhost": {table: table(t, "self", "localhost", "x.localhost"),
			want: []string{
				`error own_address [2] row 2: localhost points at this controller itself: if this is controller 2 choose "this instance", else write its address`,
				`error own_address [3] row 3: x.localhost points at this controller itself: if this is controller 3 choose "this instance", else write its address`}},
		"several on one machine": {table: table(t, "self", "127.0.0.12"),
			rules: Rules{Listen: netip.MustParseAddr("127.0.0.11"), IsLocal: func(netip.Addr) bool { return true }}},
		"the listen address": {table: table(t, "127.0.0.11", "self"), rules: Rules{Listen: netip.MustParseAddr("::ffff:127.0.0.11")},
			want: []string{`error own_address [1] row 1: 127.0.0.11 points at this controller itself: if this is controller 1 choose "this instance", else write its address`}},
		"beyond the license": {table: table(t, "self", "a", "b", "c"), rules: Rules{Licensed: 2},
			want: []string{`warning beyond_license [3 4] rows 3 and 4 are beyond the license, which allows 2: kept, not run: upgrade the license, or set them to "not set"`}},
		"own row beyond the license": {table: table(t, "a", "self"), rules: Rules{Licensed: 1},
			want: []string{`warning beyond_license [2] row 2 is beyond the license, which allows 1: kept, not run: upgrade the license, or set them to "not set"`}},
		"incomplete": {table: table(t, "a", "b"),
			want: []string{`warning no_self [1 2] no row says "this instance", so no tunnel of rows 1 and 2 runs: choose it in the one row that is this controller`}},
		"incomplete, strict": {table: table(t, "a", "b", "c"), rules: Rules{Licensed: 2, Strict: true},
			want: []string{
				`error no_self [1 2 3] no row says "this instance", so no tunnel of rows 1, 2 and 3 runs: choose it in the one row that is this controller`,
				`warning beyond_license [3] row 3 is beyond the license, which allows 2: kept, not run: upgrade the license, or set them to "not set"`}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, p := range Check(c.table, c.rules) {
				got = append(got, fmt.Sprintf("%v %v %v %v", p.Severity, p.Code, p.Rows, p))
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(c.want, "\n     "))
			}
		})
	}
}

// Problems are an error exactly if one of them is; its text is that of the errors.
func TestProblemsErr(t *testing.T) {
	if err := Check(table(t, "a"), Rules{}).Err(); err != nil {
		t.Errorf("a warning is an error: %v", err)
	}
	problems := Check(table(t, "self", "self", "a", "a"), Rules{Licensed: 3})
	err := problems.Err()
	if err == nil || strings.Count(err.Error(), "\n") != 1 || strings.Contains(err.Error(), "license") {
		t.Errorf("got %v", err)
	}
	if warnings := problems.Warnings(); len(warnings) != 1 || warnings[0].Code != BeyondLicense {
		t.Errorf("got %v", warnings)
	}
}

// Over random tables Check finds what a naive reading of the rules finds, no more and no less.
func TestCheckAgainstOracle(t *testing.T) {
	spellings := []string{"10.0.0.1", "::ffff:10.0.0.1", "10.0.0.2", "a.example", "A.example.", "b.example", "2001:db8::1", "[2001:DB8::1]", "a:1", "10.0.1"}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var table Table
		for id := range MaxID {
			switch random.IntN(6) {
			case 0:
				table[id+1] = Row{Kind: Self}
			case 1, 2:
				table[id+1] = Row{Kind: Address, Address: spellings[random.IntN(len(spellings))]}
			}
		}
		rules := Rules{Licensed: random.IntN(10), Strict: random.IntN(2) == 0, IsLocal: local("10.0.0.2")}
		var got []string
		for _, p := range Check(table, rules) {
			got = append(got, fmt.Sprintf("%v %v %v", p.Severity, p.Code, p.Rows))
		}
		sort.Strings(got)
		if want := oracle(table, rules); !reflect.DeepEqual(got, want) {
			t.Fatalf("%v %+v\ngot  %v\nwant %v", table, rules, got, want)
		}
	}
}

// oracle reads the rules one by one, comparing each row with each other one.
func oracle(t Table, r Rules) []string {
	same := map[string]string{"::ffff:10.0.0.1": "10.0.0.1", "A.example.": "a.example", "[2001:DB8::1]": "2001:db8::1"}
	canonical := func(row Row) string {
		if s, ok := same[row.Address]; ok {
			return s
		}
		return row.Address
	}
	bad := func(row Row) bool { return row.Address == "a:1" || row.Address == "10.0.1" }
	var selves, peers, beyond []int
	var found []string
	groups := map[string][]int{}
	for id := 1; id <= 9; id++ {
		row := t[id]
		if row.Kind != NotSet && r.Licensed != 0 && id > r.Licensed {
			beyond = append(beyond, id)
		}
		if row.Kind == Self {
			selves = append(selves, id)
		}
		if row.Kind != Address {
			continue
		}
		peers = append(peers, id)
		if bad(row) {
			found = append(found, fmt.Sprintf("error bad_address [%d]", id))
			continue
		}
		groups[canonical(row)] = append(groups[canonical(row)], id)
		if row.Address == "10.0.0.2" {
			found = append(found, fmt.Sprintf("error own_address [%d]", id))
		}
	}
	for _, ids := range groups {
		if len(ids) > 1 {
			found = append(found, fmt.Sprintf("error duplicate_address %v", ids))
		}
	}
	if len(selves) > 1 {
		found = append(found, fmt.Sprintf("error two_selves %v", selves))
	}
	if len(beyond) > 0 {
		found = append(found, fmt.Sprintf("warning beyond_license %v", beyond))
	}
	if len(selves) == 0 && len(peers) > 0 {
		severity := "warning"
		if r.Strict {
			severity = "error"
		}
		found = append(found, fmt.Sprintf("%s no_self %v", severity, peers))
	}
	sort.Strings(found)
	return found
}
