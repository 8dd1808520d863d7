package tunnel

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
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

// explain says why a name has no address.
func explain(name string, err error) error {
	var failed *net.DNSError
	switch {
	case errors.As(err, &failed) && failed.IsNotFound:
		return fmt.Errorf("%s does not resolve: %w: check the name, or add it to DNS or /etc/hosts", name, err)
	case errors.As(err, &failed) && failed.IsTimeout, errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s does not resolve: no name server answered: %w: check /etc/resolv.conf and UDP 53", name, err)
	}
	return fmt.Errorf("%s does not resolve: %w: check /etc/resolv.conf", name, err)
}
