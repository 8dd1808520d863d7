package firewall_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"vns3/engine/firewall"
	"vns3/internal/netns"
)

func TestMain(m *testing.M) { netns.Main(m) }

// rulesets are input rules of a host, and what becomes of a packet from 10.9.0.1, UDP 1194, to its UDP
// 1196 that begins a conversation.
var rulesets = []struct {
	name, rules string
	want        firewall.Passage
}{
	{"none", "", firewall.Open},
	{"policy accept", chain("accept", "tcp dport 1196 drop"), firewall.Open},
	{"policy drop", chain("drop", "ct state established,related accept; iif lo accept; tcp dport 22 accept"), firewall.Blocked},
	{"range", chain("drop", "udp dport 1195-1203 accept"), firewall.Open},
	{"set of ports", chain("drop", "udp dport { 53, 1190-1200 } counter accept"), firewall.Open},
	{"not the port", chain("accept", "udp dport != 1196 accept; reject"), firewall.Blocked},
	{"another source", chain("drop", "ip saddr 10.9.0.2 udp dport 1196 accept"), firewall.Blocked},
	{"prefix of the source", chain("drop", "ip saddr 10.8.0.0/15 udp dport 1196 accept"), firewall.Open},
	{"source outside a prefix", chain("accept", "ip saddr != 10.8.0.0/15 accept; udp dport 1195-1203 drop"), firewall.Blocked},
	{"interface", chain("drop", "iifname \"eth*\" meta l4proto udp accept"), firewall.Open},
	{"another interface", chain("drop", "iifname { \"wan0\", \"lo\" } udp dport 1196 accept"), firewall.Blocked},
	{"state map", chain("drop", "ct state vmap { established : accept, related : accept, invalid : drop }; udp sport 1194 accept"), firewall.Open},
	{"port map", chain("accept", "udp dport vmap { 22 : accept, 1196 : drop }"), firewall.Blocked},
	{"map with a default", chain("accept", "udp dport vmap { 22 : accept, * : drop }"), firewall.Blocked},
	{"compared", chain("drop", "udp dport >= 1195 udp dport <= 1203 accept"), firewall.Open},
	{"tuple", chain("drop", "ip saddr . udp dport { 10.9.0.1 . 1196 } accept"), firewall.Open},
	{"other tuple", chain("drop", "ip saddr . udp dport { 10.9.0.1 . 1195, 10.9.0.2 . 1196 } accept"), firewall.Blocked},
	{"another family", chain("drop", "ip6 saddr fd00::/8 accept; meta nfproto ipv6 accept"), firewall.Blocked},
	{"transport header", chain("accept", "th dport 1196 reject"), firewall.Blocked},
	{"local by fib", chain("drop", "fib daddr type local udp dport 1196 accept"), firewall.Open},
	{"named set", "table inet f { set peers { type ipv4_addr; flags interval; elements = { 10.9.0.0/30 }; }; " +
		"chain i { type filter hook input priority 0; policy drop; ip saddr @peers accept; }; }", firewall.Open},
	{"jump and back", "table inet f { chain t { tcp dport 1196 accept; udp dport 99 drop; }; " +
		"chain i { type filter hook input priority 0; policy drop; meta l4proto udp jump t; udp dport 1196 accept; }; }", firewall.Open},
	{"return", "table inet f { chain t { udp dport 1196 return; accept; }; " +
		"chain i { type filter hook input priority 0; policy drop; jump t; }; }", firewall.Blocked},
	{"goto falls to the policy", "table inet f { chain t { tcp dport 1 accept; }; " +
		"chain i { type filter hook input priority 0; policy drop; goto t; udp dport 1196 accept; }; }", firewall.Blocked},
	{"accept is not for every chain", "table inet f { chain i { type filter hook input priority 0; accept; }; }; " +
		"table ip g { chain i { type filter hook input priority 10; udp dport 1196 drop; }; }", firewall.Blocked},
	{"before the input", "table ip raw { chain p { type filter hook prerouting priority -300; udp dport 1196 drop; }; }", firewall.Blocked},
	{"another family's table", "table ip6 f { chain i { type filter hook input priority 0; policy drop; }; }", firewall.Open},
	{"limit", chain("drop", "udp dport 1196 limit rate 5/second accept"), firewall.Unclear},
	{"mark", chain("accept", "meta mark 7 drop"), firewall.Unclear},
}

func chain(policy, rules string) string {
	return "table inet f { chain i { type filter hook input priority 0; policy " + policy + "; " + rules + "; }; }"
}

// What is said of rules is what the kernel does with them: each set is loaded in a network namespace
// and a real packet is sent.
func TestAgreesWithTheKernel(t *testing.T) {
	far, host := netns.New(t), netns.New(t)
	netns.Connect(netns.End{NS: far, Name: "eth0", Addresses: []string{"10.9.0.1/24"}},
		netns.End{NS: host, Name: "eth0", Addresses: []string{"10.9.0.5/24"}})
	packet := firewall.Packet{Protocol: "udp", From: netip.MustParseAddr("10.9.0.1"), To: netip.MustParseAddr("10.9.0.5"), FromPort: 1194, Port: 1196, Interface: "eth0"}
	far.Do("ping", "-c1", "-W5", "10.9.0.5")
	for _, r := range rulesets {
		host.Flush()
		if r.rules != "" {
			host.Rules(r.rules)
		}
		judged, err := firewall.Parse([]byte(host.Do("nft", "-j", "list", "ruleset")))
		if err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		v := judged.Judge(packet)
		if v.Passage != r.want || (v.Where == "") != (r.want == firewall.Open) {
			t.Errorf("%s: %+v, want %v", r.name, v, r.want)
		}
		answer := packet
		answer.Answers = true
		if v := judged.Judge(answer); strings.Contains(r.rules, "established") && v.Passage != firewall.Open {
			t.Errorf("%s: an answer does not pass: %+v", r.name, v)
		}
		if r.want != firewall.Unclear && arrives(t, far, host, r.want == firewall.Open) != (r.want == firewall.Open) {
			t.Errorf("%s: the kernel does otherwise", r.name)
		}
	}
}

// arrives sends the packet and says whether it was received. One that is not expected is awaited for a
// moment only.
func arrives(t *testing.T, far, host *netns.Namespace, expected bool) bool {
	t.Helper()
	var receiver, sender *net.UDPConn
	var err error
	host.Run(func() { receiver, err = net.ListenUDP("udp", &net.UDPAddr{Port: 1196}) })
	if err != nil {
		t.Fatal(err)
	}
	defer receiver.Close()
	far.Run(func() {
		sender, err = net.DialUDP("udp", &net.UDPAddr{Port: 1194}, &net.UDPAddr{IP: net.IPv4(10, 9, 0, 5), Port: 1196})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer sender.Close()
	if _, err := sender.Write([]byte("hello")); err != nil {
		t.Fatal(err)
	}
	patience := 50 * time.Millisecond
	if expected {
		patience = 10 * time.Second
	}
	receiver.SetReadDeadline(time.Now().Add(patience))
	_, err = receiver.Read(make([]byte, 16))
	return err == nil
}
