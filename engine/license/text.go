package license

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode"

	"vns3/overlay"
	"vns3/status/figures"
)

const (
	firstLine = "vns3 license 1"
	never     = "never"
)

// The keys of a license, in the order in which Issue writes them.
const (
	keyTopology    = "topology"
	keyControllers = "controllers"
	keyClientpacks = "clientpacks"
	keyExpires     = "expires"
	keySubnet      = "subnet"
	keyVIP         = "vip"
	keyController  = "controller"
	keyClients     = "clients"
	keyVerifier    = "verifier"
)

// body is the text of a license without its signature.
type body struct {
	Terms
	verifier string
	custom   bool // addresses of its own
	seen     map[string]bool
}

// readBody reads the lines of a license. It does not judge whether the terms make sense: see check.
func readBody(text string) (*body, error) {
	lines := strings.Split(text, "\n")
	if lines[0] != firstLine {
		return nil, &DamagedError{1, fmt.Sprintf("it must be %q", firstLine)}
	}
	b := &body{seen: map[string]bool{}}
	for i, line := range lines[1:] {
		if err := b.readLine(line); err != nil {
			return nil, &DamagedError{i + 2, err.Error()}
		}
	}
	for _, key := range []string{keyTopology, keyControllers, keyClientpacks, keyExpires, keySubnet} {
		if !b.seen[key] {
			return nil, &DamagedError{0, fmt.Sprintf("the line %q is missing", key)}
		}
	}
	b.custom = b.seen[keyVIP] || b.seen[keyController] || b.seen[keyClients]
	return b, nil
}

func (b *body) readLine(line string) error {
	key, value, found := strings.Cut(line, ": ")
	if !found {
		return fmt.Errorf("%.60q is not of the form \"key: value\"", line)
	}
	if b.seen[key] && key != keyController && key != keyClients {
		return fmt.Errorf("%q stands here for the second time", key)
	}
	b.seen[key] = true
	var err error
	switch key {
	case keyTopology:
		b.Topology, err = value, checkTopology(value)
	case keyControllers:
		b.Controllers, err = readCount(value, 1, overlay.MaxControllers)
	case keyClientpacks:
		b.Clientpacks, err = readCount(value, 0, MaxClientpacks)
	case keyExpires:
		b.Expires, err = readExpires(value)
	case keySubnet:
		b.Subnet, err = netip.ParsePrefix(value)
	case keyVIP:
		b.Default.VIP, err = netip.ParseAddr(value)
	case keyController:
		err = b.readController(value)
	case keyClients:
		err = b.readClients(value)
	case keyVerifier:
		b.verifier = value
	default:
		return fmt.Errorf("the key %.60q is unknown", key)
	}
	return err
}

// check reports terms that contradict each other, and fills in the default addresses.
func (b *body) check() error {
	layout, err := overlay.Default(b.Subnet, b.Controllers, b.Clientpacks)
	if err != nil {
		return &TermsError{err.Error()}
	}
	if !b.custom {
		b.Default = layout
		return nil
	}
	b.Default.Subnet = b.Subnet
	if n := len(b.Default.Controllers); n != b.Controllers {
		return &TermsError{fmt.Sprintf("it gives addresses to %s and allows %d", figures.Count(n, "controller"), b.Controllers)}
	}
	if n := len(b.Default.Clients); n != b.Clientpacks {
		return &TermsError{fmt.Sprintf("it gives addresses to %s and allows %d", figures.Count(n, "clientpack"), b.Clientpacks)}
	}
	if err := b.Default.Validate(); err != nil {
		return &TermsError{err.Error()}
	}
	return nil
}

func checkTopology(name string) error {
	switch {
	case name == "" || strings.TrimSpace(name) != name:
		return fmt.Errorf("the topology name must not be empty, nor begin or end with a space")
	case strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the topology name has an unprintable character")
	case len(name) > 128:
		return fmt.Errorf("the topology name has more than 128 bytes")
	}
	return nil
}

func readCount(text string, low, high int) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < low || n > high || strconv.Itoa(n) != text {
		return 0, fmt.Errorf("%.60q is not a number from %d to %d", text, low, high)
	}
	return n, nil
}

func readExpires(text string) (time.Time, error) {
	if text == never {
		return time.Time{}, nil
	}
	at, err := time.Parse("2006-01-02T15:04:05Z", text)
	if err != nil || at.IsZero() {
		return time.Time{}, fmt.Errorf("%.60q is neither %q nor a time such as 2027-11-23T00:00:00Z", text, never)
	}
	return at, nil
}

func (b *body) readController(text string) error {
	fields := strings.Split(text, " ")
	if len(fields) != 3 {
		return fmt.Errorf("%.60q is not \"ID ADDRESS ASN\"", text)
	}
	id, err := readCount(fields[0], len(b.Default.Controllers)+1, len(b.Default.Controllers)+1)
	if err != nil {
		return fmt.Errorf("controllers must stand in order of ID: %w", err)
	}
	addr, err := netip.ParseAddr(fields[1])
	if err != nil {
		return err
	}
	asn, err := strconv.ParseUint(fields[2], 10, 32)
	if err != nil {
		return fmt.Errorf("%.60q is not an ASN", fields[2])
	}
	b.Default.Controllers = append(b.Default.Controllers, overlay.Controller{ID: id, Address: addr, ASN: int(asn)})
	return nil
}

func (b *body) readClients(text string) error {
	from, to, ranged := strings.Cut(text, "-")
	if !ranged {
		to = from
	}
	first, err := netip.ParseAddr(from)
	if err != nil {
		return err
	}
	last, err := netip.ParseAddr(to)
	if err != nil {
		return err
	}
	if !first.Is4() || !last.Is4() || last.Less(first) {
		return fmt.Errorf("%.60q is not a range of IPv4 addresses", text)
	}
	for addr := first; addr.IsValid() && !last.Less(addr); addr = addr.Next() {
		if len(b.Default.Clients) == MaxClientpacks {
			return fmt.Errorf("these are more than %d clientpacks", MaxClientpacks)
		}
		b.Default.Clients = append(b.Default.Clients, addr)
	}
	return nil
}
