package demo

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.zx2c4.com/wireguard/device"

	"vns3/control"
	"vns3/engine/tunnel/udp"
)

// client is a client server: a WireGuard client as any other, configured from an exported clientpack.
// It knows nothing of takeovers.
type client struct {
	address netip.Addr // in the overlay
	tun     *memoryTun
	device  *device.Device
	heard   func(number uint64) // set before the first packet
}

// newClient checks a clientpack out at a controller and starts a client server with it at an address
// of the underlay.
func (d *Demo) newClient(ctx context.Context, id int, at netip.Addr) (*client, error) {
	name, err := d.nextPack(ctx, id)
	if err != nil {
		return nil, err
	}
	file, err := control.Do[control.PackFile](ctx, d.Engine(id), control.PackExport{Name: name, Format: "conf"})
	if err != nil {
		return nil, err
	}
	profile, err := readProfile(string(file.Data))
	if err != nil {
		return nil, err
	}
	bind, err := udp.New(udp.Options{Listen: at})
	if err != nil {
		return nil, err
	}
	c := &client{address: profile.address}
	c.tun = newMemoryTun(c.receive)
	c.device = device.NewDevice(c.tun, d.weather.Over(at)(bind), device.NewLogger(device.LogLevelSilent, ""))
	if err = c.device.IpcSet(profile.device); err == nil {
		err = c.device.Up()
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("client server %v does not start: %w", profile.address, err)
	}
	return c, nil
}

// askAgain is how often a controller is asked that refuses.
const askAgain = 100 * time.Millisecond

// nextPack checks a clientpack out. A controller that has just joined the mesh hands none out until it
// knows what the others handed out, and says so.
func (d *Demo) nextPack(ctx context.Context, id int) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	again := time.NewTicker(askAgain)
	defer again.Stop()
	for {
		handed, err := control.Do[control.PackHandedOut](ctx, d.Engine(id), control.PackNext{})
		var refused *control.Error
		if !errors.As(err, &refused) || refused.Kind != control.NotAllowed {
			return handed.Name, err
		}
		select {
		case <-again.C:
		case <-ctx.Done():
			return "", fmt.Errorf("controller %d hands out no clientpack: %w", id, err)
		}
	}
}

func (c *client) receive(packet []byte) {
	if number, ok := readPacket(packet); ok {
		c.heard(number)
	}
}

// close ends the client's tunnel.
func (c *client) close() { c.device.Close() }
