package clients

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"net/netip"
	"strings"

	"vns3/keyset"
)

// keepalive is how often, in seconds, a client server says that it is there. It keeps a NAT open.
const keepalive = 25

// Profile is what a clientpack says. Its text is a configuration as wg-quick and every WireGuard
// program take it.
type Profile struct {
	Name      string // of the clientpack
	Topology  string // label; may be empty
	Address   netip.Addr
	Private   keyset.PrivateKey
	Preshared keyset.Secret
	Facing    keyset.PublicKey // the client-facing identity of all controllers

	Controller int    // that it is assigned to
	Endpoint   string // HOST:PORT of it
	Allowed    []netip.Prefix
	Standbys   []Standby
	Others     []Place    // all controllers with a known endpoint, for the agent
	VIP        netip.Addr // answered by whichever controller serves the client, for the agent
}

// Standby is a controller to which the client server keeps a way open.
type Standby struct {
	Controller int
	Key        keyset.PublicKey
	Endpoint   netip.AddrPort // a name that does not resolve would fail the whole configuration
}

// Place is where client servers find a controller.
type Place struct {
	Controller int
	Endpoint   string // HOST:PORT
}

// Text is the configuration file.
func (p Profile) Text() string {
	var b strings.Builder
	line := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line("# vns3 clientpack %s%s", p.Name, of(p.Topology))
	line("# It works on one machine at a time.")
	for _, o := range p.Others {
		line("# %s%d = %s", PlaceMark, o.Controller, o.Endpoint)
	}
	if p.VIP.IsValid() {
		line("# %s= %v", VIPMark, p.VIP)
	}
	line("[Interface]")
	line("PrivateKey = %s", p.Private.Base64())
	line("Address = %v/%d", p.Address, p.Address.BitLen())
	line("")
	line("[Peer]")
	line("# controller %d", p.Controller)
	line("PublicKey = %v", p.Facing)
	line("PresharedKey = %s", p.Preshared.Base64())
	line("AllowedIPs = %s", joined(p.Allowed))
	line("Endpoint = %s", p.Endpoint)
	line("PersistentKeepalive = %d", keepalive)
	for _, s := range p.Standbys {
		line("")
		line("[Peer]")
		line("# controller %d: never answers, keeps the way open for a takeover", s.Controller)
		line("PublicKey = %v", s.Key)
		line("Endpoint = %v", s.Endpoint)
		line("PersistentKeepalive = %d", keepalive)
	}
	return b.String()
}

// The comments for the agent, which other WireGuard programs skip.
const (
	PlaceMark = "vns3 controller " // N = HOST:PORT: where the controller with ID N is
	VIPMark   = "vns3 vip "        // = ADDRESS
)

func of(topology string) string {
	if topology == "" {
		return ""
	}
	return " of " + topology
}

func joined(prefixes []netip.Prefix) string {
	texts := make([]string, len(prefixes))
	for i, p := range prefixes {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}

// Outline is what the configuration of a clientpack is made from, besides its keys: where it differs
// from what was exported, the pack is outdated.
type Outline struct {
	Epoch   uint32
	Places  []Place // the assigned controller first, then its standbys
	Allowed []netip.Prefix
}

// Digest is equal for equal outlines and never 0, which means "not exported".
func (o Outline) Digest() uint64 {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 256), o.Epoch)
	for _, p := range o.Places {
		b = append(append(append(b, byte(p.Controller)), p.Endpoint...), 0)
	}
	for _, p := range o.Allowed {
		b = append(p.AppendTo(b), ' ')
	}
	h := fnv.New64a()
	h.Write(b)
	return max(h.Sum64(), 1)
}
