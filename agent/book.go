package agent

import (
	"context"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"vns3/engine/tunnel"
)

// refreshEvery is how often names are looked up again.
const refreshEvery = time.Minute

// book knows the addresses of the places. What was once found stays until something else is.
type book struct {
	places   []Place
	resolver *tunnel.Resolver
	log      *slog.Logger

	mu sync.Mutex
	at []netip.AddrPort
}

func newBook(places []Place, log *slog.Logger) *book {
	return &book{places: places, resolver: tunnel.NewResolver(), log: log, at: make([]netip.AddrPort, len(places))}
}

// refresh looks all places up at once and returns when each was found or failed.
func (b *book) refresh(ctx context.Context) {
	var all sync.WaitGroup
	for i, p := range b.places {
		all.Go(func() {
			found, err := b.resolver.Resolve(ctx, p.Host)
			if err != nil {
				b.log.Warn("a controller's name was not found", "controller", p.Controller, "error", err)
				return
			}
			b.mu.Lock()
			defer b.mu.Unlock()
			if !slices.Contains(found, b.at[i].Addr()) {
				b.at[i] = netip.AddrPortFrom(found[0], p.Port)
			}
		})
	}
	all.Wait()
}

// keep refreshes until ctx ends.
func (b *book) keep(ctx context.Context) {
	tick := time.NewTicker(refreshEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			b.refresh(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// address is where a place is; the zero AddrPort: not known.
func (b *book) address(place int) netip.AddrPort {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[place]
}

// place is who has the address; -1: nobody.
func (b *book) place(at netip.AddrPort) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Index(b.at, netip.AddrPortFrom(at.Addr().Unmap(), at.Port()))
}
