package tunnel

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// resolveTimeout bounds one lookup.
const resolveTimeout = 5 * time.Second

// Resolver turns the names of peers into addresses.
type Resolver struct{ r net.Resolver }

// NewResolver returns a resolver that asks the servers of /etc/resolv.conf, after /etc/hosts.
func NewResolver() *Resolver { return &Resolver{net.Resolver{PreferGo: true}} }

// NewResolverAt returns a resolver that asks one server, for tests.
func NewResolverAt(server netip.AddrPort) *Resolver {
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, server.String())
	}
	return &Resolver{net.Resolver{PreferGo: true, Dial: dial}}
}

// Resolve returns all IPv4 and IPv6 addresses of the name, IPv4 first, each version sorted, so that an
// answer in another order is no change; of an IP literal, itself. An error says whether the name does
// not exist or nobody answered.
func (r *Resolver) Resolve(ctx context.Context, name string) ([]netip.Addr, error) {
	if addr, err := netip.ParseAddr(name); err == nil {
		return []netip.Addr{addr.Unmap()}, nil
	}
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	addrs, err := r.r.LookupNetIP(ctx, "ip", name)
	if err != nil {
		return nil, explain(name, err)
	}
	for i := range addrs {
		addrs[i] = addrs[i].Unmap()
	}
	slices.SortFunc(addrs, netip.Addr.Compare)
	return slices.Compact(addrs), nil
}

// Unresolved is why a name has no address, and what to do.
type Unresolved struct {
	Name, Reason, Remedy string
	err                  error
}

func (u *Unresolved) Error() string {
	return u.Name + " does not resolve: " + u.Reason + ": " + u.Remedy
}

// Unwrap returns what the resolver said.
func (u *Unresolved) Unwrap() error { return u.err }

// explain says in words why a name has no address.
func explain(name string, err error) error {
	u := &Unresolved{Name: name, Reason: err.Error(), Remedy: "check /etc/resolv.conf", err: err}
	var failed *net.DNSError
	switch known := errors.As(err, &failed); {
	case known && failed.IsNotFound:
		u.Reason, u.Remedy = "no such host", "check the name, or add it to DNS or /etc/hosts"
	case known && failed.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		u.Reason, u.Remedy = "no name server answered", "check /etc/resolv.conf and UDP 53"
	case known: // of "dial udp …: connect: network is unreachable" the end
		parts := strings.Split(failed.Err, ": ")
		u.Reason = parts[len(parts)-1]
		if failed.Server != "" { // a library of the system does not tell it
			u.Reason = "name server " + failed.Server + ": " + u.Reason
		}
	}
	return u
}
