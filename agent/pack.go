package agent

import (
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vns3/engine/clients"
)

// Pack is what an exported clientpack says.
type Pack struct {
	Private   [32]byte
	Address   netip.Addr // in the overlay
	MTU       int        // bytes; 0: not said
	Facing    [32]byte   // public key of all controllers towards client servers
	Preshared [32]byte   // zero: none
	Allowed   []netip.Prefix
	Keepalive int // seconds
	Standbys  []Standby
	Assigned  int        // index in Places of the controller that the pack is assigned to
	Places    []Place    // every controller, in order of ID
	VIP       netip.Addr // answered by the controller that serves this machine
}

// Place is where a controller is.
type Place struct {
	Controller int // ID; 0: the pack does not say
	Host       string
	Port       uint16
}

func (p Place) String() string { return net.JoinHostPort(p.Host, strconv.Itoa(int(p.Port))) }

// Standby is a peer that never answers and keeps a NAT open towards its controller.
type Standby struct {
	Key       [32]byte
	Endpoint  netip.AddrPort
	Keepalive int // seconds
}

// Parse reads the configuration of a clientpack. An error names the line and what can be done.
func Parse(text string) (Pack, error) {
	r := &reader{}
	for i, line := range strings.Split(text, "\n") {
		if err := r.line(strings.TrimSpace(line)); err != nil {
			return Pack{}, fmt.Errorf("line %d: %w", i+1, err)
		}
	}
	return r.pack()
}

// reader gathers what the lines say.
type reader struct {
	p       Pack
	section string
	peers   []peer
	seen    map[string]bool // keys of this section
}

// peer is a section [Peer].
type peer struct {
	key, preshared [32]byte
	allowed        []netip.Prefix
	endpoint       Place
	keepalive      int
}

func (r *reader) line(line string) error {
	if comment, ok := strings.CutPrefix(line, "#"); ok {
		return r.comment(strings.TrimSpace(comment))
	}
	line, _, _ = strings.Cut(line, "#")
	switch line = strings.TrimSpace(line); line {
	case "":
		return nil
	case "[Interface]":
		if r.section != "" {
			return fmt.Errorf("[Interface] must be the first section, and the only one of its name")
		}
		r.section, r.seen = line, map[string]bool{}
		return nil
	case "[Peer]":
		r.section, r.seen = line, map[string]bool{}
		r.peers = append(r.peers, peer{})
		return nil
	}
	key, value, ok := strings.Cut(line, "=")
	key, value = strings.TrimSpace(key), strings.TrimSpace(value)
	switch {
	case !ok:
		return fmt.Errorf("%q is neither a section nor KEY = VALUE", line)
	case r.seen[key]:
		return fmt.Errorf("%s stands twice in %s", key, r.section)
	case r.section == "":
		return fmt.Errorf("%s stands before [Interface]", key)
	}
	r.seen[key] = true
	var err error
	if r.section == "[Interface]" {
		err = r.ofInterface(key, value)
	} else {
		err = r.peers[len(r.peers)-1].set(key, value)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// comment reads what the export says to the agent; other comments are nobody's.
func (r *reader) comment(text string) error {
	if rest, ok := strings.CutPrefix(text, clients.PlaceMark); ok {
		id, endpoint, _ := strings.Cut(rest, "=")
		n, err := strconv.Atoi(strings.TrimSpace(id))
		if err != nil || n < 1 || n > 9 {
			return fmt.Errorf("%q is not the ID of a controller, from 1 to 9", strings.TrimSpace(id))
		}
		if slices.ContainsFunc(r.p.Places, func(p Place) bool { return p.Controller == n }) {
			return fmt.Errorf("controller %d stands twice", n)
		}
		place, err := placeOf(strings.TrimSpace(endpoint))
		place.Controller = n
		r.p.Places = append(r.p.Places, place)
		return err
	}
	if rest, ok := strings.CutPrefix(text, clients.VIPMark); ok {
		_, value, _ := strings.Cut(rest, "=")
		var err error
		r.p.VIP, err = address(strings.TrimSpace(value))
		return err
	}
	return nil
}

func (r *reader) ofInterface(key, value string) (err error) {
	switch key {
	case "PrivateKey":
		r.p.Private, err = keyOf(value)
	case "Address":
		r.p.Address, err = address(strings.TrimSuffix(value, "/32"))
	case "MTU":
		r.p.MTU, err = number(value, 576, 65535)
	default:
		return unknown
	}
	return err
}

func (p *peer) set(key, value string) (err error) {
	switch key {
	case "PublicKey":
		p.key, err = keyOf(value)
	case "PresharedKey":
		p.preshared, err = keyOf(value)
	case "AllowedIPs":
		p.allowed, err = prefixes(value)
	case "Endpoint":
		p.endpoint, err = placeOf(value)
	case "PersistentKeepalive":
		p.keepalive, err = number(value, 0, 65535)
	default:
		return unknown
	}
	return err
}

var unknown = fmt.Errorf("this agent does not know it: remove the line, or use wg-quick")

// pack joins what was read.
func (r *reader) pack() (Pack, error) {
	p, found := r.p, false
	for i, peer := range r.peers {
		switch {
		case peer.key == [32]byte{}:
			return Pack{}, fmt.Errorf("[Peer] number %d has no PublicKey", i+1)
		case peer.endpoint.Host == "":
			return Pack{}, fmt.Errorf("[Peer] number %d has no Endpoint", i+1)
		case len(peer.allowed) == 0:
			at, err := netip.ParseAddr(peer.endpoint.Host)
			if err != nil {
				return Pack{}, fmt.Errorf("[Peer] number %d keeps a way open: its Endpoint must be an IP address, not %s", i+1, peer.endpoint.Host)
			}
			p.Standbys = append(p.Standbys, Standby{peer.key, netip.AddrPortFrom(at, peer.endpoint.Port), peer.keepalive})
		case found:
			return Pack{}, fmt.Errorf("[Peer] number %d has AllowedIPs, as another one: a clientpack has one peer for traffic", i+1)
		default:
			found = true
			p.Facing, p.Preshared, p.Allowed, p.Keepalive = peer.key, peer.preshared, peer.allowed, peer.keepalive
			p.assign(peer.endpoint)
		}
	}
	switch {
	case p.Private == [32]byte{}:
		return Pack{}, fmt.Errorf("there is no PrivateKey in [Interface]: is this an exported clientpack?")
	case !p.Address.IsValid():
		return Pack{}, fmt.Errorf("there is no Address in [Interface]: is this an exported clientpack?")
	case !found:
		return Pack{}, fmt.Errorf("there is no [Peer] with AllowedIPs: is this an exported clientpack?")
	case !p.VIP.IsValid():
		return Pack{}, fmt.Errorf("the line %q is missing, which the agent needs: export the clientpack again", "# "+clients.VIPMark+"= ADDRESS")
	case !slices.ContainsFunc(p.Allowed, func(a netip.Prefix) bool { return a.Contains(p.VIP) }):
		return Pack{}, fmt.Errorf("the VIP %v is in none of the AllowedIPs: export the clientpack again", p.VIP)
	}
	return p, nil
}

// assign puts the places in order and finds the one that the peer names.
func (p *Pack) assign(endpoint Place) {
	slices.SortFunc(p.Places, func(a, b Place) int { return a.Controller - b.Controller })
	p.Assigned = slices.IndexFunc(p.Places, func(a Place) bool { return a.String() == endpoint.String() })
	if p.Assigned < 0 { // somebody changed the file: what stands in it is meant
		p.Assigned, p.Places = 0, append([]Place{endpoint}, p.Places...)
	}
}

func keyOf(text string) (key [32]byte, err error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != len(key) {
		return key, fmt.Errorf("it is not a WireGuard key (32 bytes in base64)") // never shown: it may be a secret
	}
	return [32]byte(raw), nil
}

func placeOf(text string) (Place, error) {
	host, port, err := net.SplitHostPort(text)
	n, portErr := strconv.ParseUint(port, 10, 16)
	if err != nil || portErr != nil || host == "" || n == 0 {
		return Place{}, fmt.Errorf("%q is not HOST:PORT", text)
	}
	return Place{Host: host, Port: uint16(n)}, nil
}

func address(text string) (netip.Addr, error) {
	addr, err := netip.ParseAddr(text)
	if err != nil || !addr.Is4() {
		return netip.Addr{}, fmt.Errorf("%q is not an IPv4 address", text)
	}
	return addr, nil
}

func prefixes(text string) ([]netip.Prefix, error) {
	var all []netip.Prefix
	for _, one := range strings.Split(text, ",") {
		p, err := netip.ParsePrefix(strings.TrimSpace(one))
		if err != nil || !p.Addr().Is4() {
			return nil, fmt.Errorf("%q is not an IPv4 network such as 10.0.0.0/8", strings.TrimSpace(one))
		}
		all = append(all, p.Masked())
	}
	return all, nil
}

func number(text string, least, most int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, fmt.Errorf("%q is not a number from %d to %d", text, least, most)
	}
	return n, nil
}
