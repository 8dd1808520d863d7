package tunnel

import (
	"fmt"
	"log/slog"
	"net/netip"
	"sync/atomic"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/udp"
	"vns3/engine/tunnel/wireguard"
)

// AttachOptions say what a client server's side of an attachment is made of.
type AttachOptions struct {
	PrivateKey [32]byte
	Facing     [32]byte // public key of all controllers towards client servers
	Preshared  [32]byte // zero: none
	Allowed    []netip.Prefix
	Keepalive  int             // seconds between packets that keep a NAT open; 0: none
	Standbys   []AttachStandby // keep it open towards other controllers
	Port       tun.Device      // where packets come from and go to; the device closes it
	Log        *slog.Logger
}

// AttachStandby is a peer that never answers.
type AttachStandby struct {
	PublicKey [32]byte
	Endpoint  netip.AddrPort
	Keepalive int // seconds
}

// Attachment is a client server's session with whichever controller serves it.
type Attachment struct {
	bind   conn.Bind
	device *wireguard.Device
	facing *wireguard.Peer
	silent atomic.Bool
	broken chan error
}

// OpenAttachment starts the device on a port that the system chooses, without a session.
func OpenAttachment(o AttachOptions) (*Attachment, error) {
	bind, err := udp.New(udp.Options{Fragment: true}) // not lent: the kernel interface joins packets in place
	if err != nil {
		return nil, err
	}
	a := &Attachment{bind: bind, broken: make(chan error, 1)}
	a.device = wireguard.New(wireguard.Options{
		PrivateKey: o.PrivateKey, Port: o.Port, Bind: bind, Log: calmed(o.Log),
		MaySend: func(kind noise.Kind) bool { return kind != noise.TransportKind || !a.silent.Load() },
		Broken:  func(err error) { a.broken <- err },
	})
	if err := a.device.Start(0); err != nil {
		return nil, fmt.Errorf("cannot open a UDP port for the tunnel: %w", err)
	}
	if err := a.configure(o); err != nil {
		a.device.Close()
		return nil, fmt.Errorf("cannot configure the tunnel: %w", err)
	}
	return a, nil
}

func (a *Attachment) configure(o AttachOptions) (err error) {
	for _, s := range o.Standbys {
		ep, err := endpointOf(a.bind, s.Endpoint)
		if err != nil {
			return err
		}
		config := wireguard.PeerConfig{PublicKey: s.PublicKey, Endpoint: ep, Keepalive: time.Duration(s.Keepalive) * time.Second}
		if _, err := a.device.Set(config); err != nil {
			return err
		}
	}
	a.facing, err = a.device.Set(wireguard.PeerConfig{
		PublicKey: o.Facing, PresharedKey: o.Preshared, Allowed: o.Allowed, Keepalive: time.Duration(o.Keepalive) * time.Second,
	})
	return err
}

// Initiate drops the session and asks the controller at the endpoint for a new one. A silent one is
// agreed on but not used: the controller that answers does not become the holder of this client server.
func (a *Attachment) Initiate(endpoint netip.AddrPort, silent bool) error {
	ep, err := endpointOf(a.bind, endpoint)
	if err != nil {
		return fmt.Errorf("cannot send to %v: %w", endpoint, err)
	}
	a.silent.Store(silent)
	a.facing.SetEndpoint(ep)
	return a.facing.Initiate()
}

// Broken tells why the port gives no packets any more, as when the interface behind it was removed: nothing
// can be sent then.
func (a *Attachment) Broken() <-chan error { return a.broken }

// Status is what the device says of the session.
func (a *Attachment) Status() ClientStatus { return statusOf(a.facing) }

// Close ends the device, its port and its socket.
func (a *Attachment) Close() { a.device.Close() }
