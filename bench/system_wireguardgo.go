//go:build linux

package main

import (
	"bufio"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// wireguardGo is WireGuard's own program in user space, in the version of this module. Where there are
// controllers in between, the kernel forwards from and to its one interface.
var wireguardGo = system{name: "wireguard-go", lacks: anywhere, version: ofModule("golang.zx2c4.com/wireguard"), run: runWireguardGo}

// buildWireguardGo builds it once and returns its path.
var buildWireguardGo = sync.OnceValues(func() (string, error) {
	path := filepath.Join(tools, "wireguard-go")
	out, err := exec.Command("go", "build", "-o", path, "golang.zx2c4.com/wireguard").CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("cannot build wireguard-go: %w\n%s", err, out)
	}
	return path, nil
})

// wireguardMTU is what all WireGuard interfaces have, in bytes.
const wireguardMTU = 1420

func runWireguardGo(b *bed) {
	ends := make([]*wireguard, len(b.machines))
	for i, m := range b.machines {
		ends[i] = startWireguard(m)
		m.Forward()
	}
	for i, w := range ends {
		var peers strings.Builder
		for j, other := range ends {
			switch {
			case b.shape == meshOfNine && i != j, i-j == 1, j-i == 1:
				peers.WriteString(w.peer(i, j, other))
			}
		}
		w.set("private_key=%s\nlisten_port=51820\n%s", hex.EncodeToString(w.key.Bytes()), peers.String())
		w.m.device(w.name, overlayAddress(i), wireguardMTU)
	}
}

// wireguard is one wireguard-go.
type wireguard struct {
	m    *machine
	name string // of its interface; also of its socket, which all namespaces share
	key  *ecdh.PrivateKey
}

func startWireguard(m *machine) *wireguard {
	program, err := buildWireguardGo()
	if err != nil {
		m.bed.Fatal(err)
	}
	key, err := ecdh.X25519().GenerateKey(rand.Reader)
	if err != nil {
		m.bed.Fatal(err)
	}
	w := &wireguard{m: m, name: "wgb" + rand.Text()[:8], key: key}
	m.start(program, "-f", w.name)
	m.bed.Cleanup(func() { os.Remove(w.socket()) }) // killed, it leaves it behind
	m.bed.until("the socket of wireguard-go", func() bool { _, err := os.Stat(w.socket()); return err == nil })
	return w
}

func (w *wireguard) socket() string { return "/var/run/wireguard/" + w.name + ".sock" }

// peer is the configuration of machine j at machine i: in a row all that lies on its side is its.
func (w *wireguard) peer(i, j int, other *wireguard) string {
	at, allowed := other.m.left, ""
	first, last := j, j
	if w.m.bed.shape != meshOfNine {
		if j > i {
			last = len(w.m.bed.machines) - 1
		} else {
			first, at = 0, other.m.right
		}
	}
	for k := first; k <= last; k++ {
		address := overlayAddress(k).Addr()
		allowed += "allowed_ip=" + netip.PrefixFrom(address, 32).String() + "\n"
	}
	return fmt.Sprintf("public_key=%s\nendpoint=%s:51820\n%s", hex.EncodeToString(other.key.PublicKey().Bytes()), at, allowed)
}

// set speaks the configuration protocol.
func (w *wireguard) set(format string, args ...any) {
	conn, err := net.Dial("unix", w.socket())
	if err != nil {
		w.m.bed.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "set=1\n"+format+"\n", args...)
	answer, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil && err != io.EOF || strings.TrimSpace(answer) != "errno=0" {
		w.m.bed.Fatalf("wireguard-go refuses its configuration: %s %v", strings.TrimSpace(answer), err)
	}
}
