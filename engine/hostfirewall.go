package engine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vns3/engine/firewall"
)

const (
	firewallEvery    = 30 * time.Second
	firewallSoon     = time.Second     // after it was read, at the earliest, where a link has changed
	firewallPatience = 5 * time.Second // thousands of rules take a while
	firewallShare    = 100             // of the time at most one part is spent on reading,
	firewallHaste    = 10              // and where links change, one of these
)

// hostFirewall reads this host's own nftables rules from time to time. It changes none.
type hostFirewall struct {
	latest  atomic.Pointer[rulesRead]
	wake    func()
	print   func(context.Context) ([]byte, error)
	doubted chan struct{} // one slot: what was read may be out of date
}

// rulesRead is what was read once, and what was found in it since.
type rulesRead struct {
	rules   *firewall.Ruleset
	problem string // why there are none

	mu     sync.Mutex
	judged map[firewall.Packet]firewall.Verdict
}

func newHostFirewall(wake func()) *hostFirewall {
	f := &hostFirewall{wake: wake, print: printRules, doubted: make(chan struct{}, 1)}
	f.latest.Store(&rulesRead{problem: "not read yet"})
	return f
}

// run reads until ctx ends. Rules that take long to read are read less often.
func (f *hostFirewall) run(ctx context.Context) error {
	for {
		began := time.Now()
		f.look(ctx)
		took := time.Since(began)
		if !pauseUnless(ctx, max(firewallSoon, firewallHaste*took), nil) ||
			!pauseUnless(ctx, max(firewallEvery, firewallShare*took)-firewallSoon, f.doubted) {
			return nil
		}
	}
}

// doubt has the rules read again soon. It never waits.
func (f *hostFirewall) doubt() {
	select {
	case f.doubted <- struct{}{}:
	default:
	}
}

// pauseUnless waits, shorter where something comes; false: ctx has ended.
func pauseUnless(ctx context.Context, d time.Duration, comes <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-comes:
	case <-ctx.Done():
		return false
	}
	return true
}

// look reads the rules now.
func (f *hostFirewall) look(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, firewallPatience)
	defer cancel()
	read := &rulesRead{judged: map[firewall.Packet]firewall.Verdict{}}
	printed, err := f.print(ctx)
	if err == nil {
		read.rules, err = firewall.Parse(printed)
	}
	if err != nil {
		read.problem = err.Error()
	}
	f.latest.Store(read)
	f.wake()
}

func printRules(ctx context.Context) ([]byte, error) {
	nft, err := exec.LookPath("nft")
	if err != nil {
		return nil, errors.New("nft is not installed")
	}
	cmd := exec.CommandContext(ctx, nft, "-j", "list", "ruleset")
	var said bytes.Buffer
	cmd.Stderr = &said
	printed, err := cmd.Output()
	switch {
	case err == nil:
		return printed, nil
	case strings.Contains(said.String(), "not permitted"):
		return nil, errors.New("not permitted: it needs CAP_NET_ADMIN")
	}
	return nil, fmt.Errorf("nft -j list ruleset: %w %s", err, bytes.TrimSpace(said.Bytes()))
}

// judge is what the rules as last read do with a packet; problem says why that is not known.
func (f *hostFirewall) judge(p firewall.Packet) (v firewall.Verdict, problem string) {
	read := f.latest.Load()
	if read.rules == nil {
		return v, read.problem
	}
	read.mu.Lock()
	defer read.mu.Unlock()
	v, known := read.judged[p]
	if !known {
		on := p
		on.Interface = interfaceTowards(p)
		v = read.rules.Judge(on)
		read.judged[p] = v
	}
	return v, ""
}

// interfaceTowards names the interface that this machine would send to the packet's far end by; empty:
// not known. Nothing is sent.
func interfaceTowards(p firewall.Packet) string {
	far := p.From
	if p.Leaves {
		far = p.To
	}
	if !far.IsValid() {
		return ""
	}
	conn, err := net.Dial("udp", netip.AddrPortFrom(far, 9).String())
	if err != nil {
		return ""
	}
	defer conn.Close()
	local, _ := conn.LocalAddr().(*net.UDPAddr)
	all, _ := net.Interfaces()
	for _, i := range all {
		addrs, _ := i.Addrs()
		for _, a := range addrs {
			if network, ok := a.(*net.IPNet); ok && local != nil && network.IP.Equal(local.IP) {
				return i.Name
			}
		}
	}
	if far.IsLoopback() {
		return "lo"
	}
	return ""
}
