package engine

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/config"
	"vns3/engine/tunnel"
	"vns3/status"
)

// kernelInterface is this host's own place in the overlay. Its worker tells the kernel of routes, so
// that the loop does not wait for it. It is never changed after it was published.
type kernelInterface struct {
	name string // empty: there is none
	err  error  // why there is none although one was asked for

	config  tunnel.KernelConfig
	device  tun.Device
	routes  chan []netip.Prefix // one slot, newest wins
	end     context.CancelFunc
	running *sync.WaitGroup
}

// wantsKernel says whether the configuration asks for a kernel interface. With "auto" none is made for
// a controller that is bound to a loopback address: several of them live on one machine, and all would
// claim the same network.
func wantsKernel(c config.Config) bool {
	switch c.Overlay.Interface {
	case config.Off:
		return false
	case config.Auto:
		return !c.Controller.Listen.IsLoopback()
	default:
		return true
	}
}

// applyKernel makes, keeps or takes away the kernel interface.
func (e *Engine) applyKernel(s *session, h *holdings) {
	name := h.config.Overlay.Interface
	current := s.kernel.Load()
	switch {
	case !wantsKernel(h.config):
		s.closeKernel()
		return
	case current != nil && current.name != "" && (name == config.Auto || name == current.name):
		return
	}
	s.closeKernel()
	if err := s.openKernel(name, h.config.Tunnels.MTU); err != nil {
		s.kernel.Store(&kernelInterface{err: err})
		e.events.add(status.Event{Code: string(status.InterfaceRefused), Severity: status.Warn, Text: err.Error()})
	}
}

// openKernel makes the interface and joins it to the switch.
func (s *session) openKernel(name string, mtu int) error {
	address, _ := s.parameters.Controller(s.self)
	device, err := tunnel.OpenKernel(name, mtu)
	if err != nil {
		return err
	}
	ctx, end := context.WithCancel(context.Background())
	k := &kernelInterface{
		device: device, routes: make(chan []netip.Prefix, 1), end: end, running: &sync.WaitGroup{},
		config: tunnel.KernelConfig{Address: address, Subnet: s.parameters.Subnet, MTU: mtu},
	}
	if k.name, err = device.Name(); err == nil {
		err = tunnel.ConfigureKernel(device, k.config)
	}
	if err != nil {
		end()
		return errors.Join(err, device.Close())
	}
	s.fabric.Kernel(device)
	k.running.Go(func() { k.follow(ctx, s) })
	s.kernel.Store(k)
	s.do(func(time.Time) { s.routeKernel() })
	return nil
}

// closeKernel takes this host off the overlay.
func (s *session) closeKernel() {
	k := s.kernel.Swap(nil)
	if k == nil || k.device == nil {
		return
	}
	k.end()
	k.running.Wait()
	s.fabric.Kernel(nil)
}

// lostKernel notes that the interface is gone: somebody removed it. The next change of the
// configuration, or a reload, makes it again.
func (s *session) lostKernel(err error) {
	lost := fmt.Errorf("the kernel interface is gone: %w: vns3 config reload makes it again", err)
	s.events(status.Event{Code: string(status.InterfaceRefused), Severity: status.Warn, Text: lost.Error()})
	if k := s.kernel.Swap(&kernelInterface{err: lost}); k != nil && k.device != nil {
		k.end()
	}
	s.changed()
}

// routeKernel tells the host which networks it reaches through the mesh: those that only other
// controllers advertise. The loop calls it.
func (s *session) routeKernel() {
	k := s.kernel.Load()
	if k == nil || k.device == nil {
		return
	}
	var routes []netip.Prefix
	for _, r := range s.core.Advertised() {
		if r.Controller != s.self && !slices.Contains(r.Others, s.self) {
			routes = append(routes, r.Prefix)
		}
	}
	select {
	case <-k.routes: // an older list that was not taken yet
	default:
	}
	k.routes <- routes
}

// follow carries lists of routes to the kernel.
func (k *kernelInterface) follow(ctx context.Context, s *session) {
	c := k.config
	for {
		select {
		case c.Routes = <-k.routes:
		case <-ctx.Done():
			return
		}
		if err := tunnel.ConfigureKernel(k.device, c); err != nil {
			s.events(status.Event{Code: string(status.InterfaceRefused), Severity: status.Warn, Text: err.Error()})
		}
	}
}
