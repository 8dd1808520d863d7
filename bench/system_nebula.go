//go:build linux

package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// nebula is Slack's mesh. In a row the middle is lighthouse and relay, because the ends cannot reach
// each other.
var nebula = system{
	name: "nebula",
	lacks: func(s shape) string {
		if s == throughTwo {
			return "relays over one machine only"
		}
		return missing("nebula", "nebula-cert")
	},
	version: tells("nebula", "-version"),
	run:     runNebula,
}

// nebulaMTU is its default, in bytes.
const nebulaMTU = 1300

func runNebula(b *bed) {
	first := b.machines[0]
	certify(first, "ca", "-name", "bench", "-out-crt", "ca.crt", "-out-key", "ca.key")
	for i, m := range b.machines {
		name := fmt.Sprint("machine", i+1)
		certify(first, "sign", "-name", name, "-ip", overlayAddress(i).String(), "-out-crt", name+".crt", "-out-key", name+".key")
		m.start("nebula", "-config", m.write("nebula.yml", nebulaConfig(b, i, first.dir, name)))
		m.overlay = overlayAddress(i).Addr()
	}
}

func certify(m *machine, args ...string) {
	cmd := exec.Command("nebula-cert", args...)
	cmd.Dir = m.dir
	if out, err := cmd.CombinedOutput(); err != nil {
		m.bed.Fatalf("nebula-cert: %v\n%s", err, out)
	}
}

func nebulaConfig(b *bed, i int, keys, name string) string {
	var hosts, relay strings.Builder
	for j, other := range b.machines {
		at := other.left
		if j < i {
			at = other.right
		}
		if near := j-i == 1 || i-j == 1; i != j && (near || b.shape == meshOfNine) {
			fmt.Fprintf(&hosts, "  %q: [\"%s:4242\"]\n", overlayAddress(j).Addr(), at)
		}
	}
	lighthouse := "{am_lighthouse: false}"
	if b.shape == throughOne {
		middle := overlayAddress(1).Addr()
		lighthouse = fmt.Sprintf("{am_lighthouse: false, hosts: [%q]}", middle)
		fmt.Fprintf(&relay, "relay: {am_relay: false, use_relays: true, relays: [%q]}\n", middle)
		if i == 1 {
			lighthouse = "{am_lighthouse: true}"
			relay.Reset()
			relay.WriteString("relay: {am_relay: true, use_relays: false}\n")
		}
	}
	return fmt.Sprintf(`pki: {ca: %[1]s/ca.crt, cert: %[1]s/%[2]s.crt, key: %[1]s/%[2]s.key}
static_host_map:
%[3]slighthouse: %[4]s
%[5]slisten: {host: 0.0.0.0, port: 4242}
tun: {dev: nebula, mtu: %[6]d}
logging: {level: warning}
firewall:
  outbound: [{port: any, proto: any, host: any}]
  inbound: [{port: any, proto: any, host: any}]
`, keys, name, hosts.String(), lighthouse, relay.String(), nebulaMTU)
}
