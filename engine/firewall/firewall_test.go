package firewall_test

import (
	"strings"
	"testing"

	"vns3/engine/firewall"
)

// What is blocked is told with the place that blocks it: the rule by its handle, or the policy.
func TestWhere(t *testing.T) {
	for rules, want := range map[string]string{
		`{"chain":{"family":"inet","table":"f","name":"i","hook":"input","type":"filter","prio":0,"policy":"drop"}}`: "table inet f, chain i, by its policy",
		`{"chain":{"family":"ip","table":"f","name":"i","hook":"input","type":"filter","prio":0}},
		 {"rule":{"family":"ip","table":"f","chain":"i","handle":7,"expr":[{"counter":null},{"drop":null}]}}`: "table ip f, chain i, handle 7",
	} {
		r, err := firewall.Parse([]byte(`{"nftables":[` + rules + `]}`))
		if err != nil {
			t.Fatal(err)
		}
		if v := r.Judge(firewall.Packet{Protocol: "udp", Port: 1194}); v != (firewall.Verdict{Passage: firewall.Blocked, Where: want}) {
			t.Errorf("%+v, want blocked at %s", v, want)
		}
	}
}

// A chain that jumps to itself, which the kernel refuses, ends nevertheless; and what is not JSON is
// refused with a reason.
func TestOddRules(t *testing.T) {
	r, err := firewall.Parse([]byte(`{"nftables":[{"chain":{"family":"ip","table":"f","name":"i","hook":"input","type":"filter"}},
		{"rule":{"family":"ip","table":"f","chain":"i","expr":[{"jump":{"target":"i"}}]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if v := r.Judge(firewall.Packet{Protocol: "tcp", Port: 8000}); v.Passage != firewall.Unclear {
		t.Errorf("%+v", v)
	}
	if _, err := firewall.Parse([]byte("table inet f")); err == nil || !strings.Contains(err.Error(), "nft -j") {
		t.Errorf("got %v", err)
	}
}

// Whatever is handed in, the judge answers.
func FuzzJudge(f *testing.F) {
	f.Add([]byte(`{"nftables":[{"chain":{"family":"ip","table":"f","name":"i","hook":"input","prio":0,"policy":"drop"}},{"rule":{"family":"ip","table":"f","chain":"i","expr":[{"match":{"op":"in","left":{"ct":{"key":"state"}},"right":["new",{"range":[1,2]}]}},{"vmap":{"key":{"payload":{"protocol":"udp","field":"dport"}},"data":{"set":[[{"elem":{"val":1}},{"goto":{"target":"x"}}]]}}}]}}]}`))
	f.Fuzz(func(_ *testing.T, printed []byte) {
		if r, err := firewall.Parse(printed); err == nil {
			r.Judge(firewall.Packet{Protocol: "udp", Port: 1195})
			r.Judge(firewall.Packet{Leaves: true, Protocol: "tcp", Port: 8000, Interface: "lo"})
		}
	})
}
