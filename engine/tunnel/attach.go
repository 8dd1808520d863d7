package tunnel

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strconv"
	"sync/atomic"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/tunnel/noise"
	"vns3/engine/tunnel/udp"
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
	tap    *tap
	device *device.Device
	facing [32]byte
	silent atomic.Bool
}

// OpenAttachment starts the device on a port that the system chooses, without a session.
func OpenAttachment(o AttachOptions) (*Attachment, error) {
	bind, err := udp.New(udp.Options{Fragment: true})
	if err != nil {
		return nil, err
	}
	a := &Attachment{facing: o.Facing}
	a.tap = &tap{Bind: bind, in: func([]byte, conn.Endpoint) bool { return true }, out: a.out}
	if err := a.tap.open(0); err != nil {
		return nil, fmt.Errorf("cannot open a UDP port for the tunnel: %w", err)
	}
	if a.device, err = newDevice(o.Port, a.tap, o.PrivateKey, o.Log); err != nil {
		return nil, err
	}
	text := line("public_key", o.Facing) + line("preshared_key", o.Preshared)
	for _, p := range o.Allowed {
		text += "allowed_ip=" + p.String() + "\n"
	}
	for _, s := range o.Standbys {
		text += line("public_key", s.PublicKey) + "endpoint=" + s.Endpoint.String() + "\n" + every(s.Keepalive)
	}
	text += line("public_key", o.Facing) + every(o.Keepalive)
	if err := a.device.IpcSet(text); err != nil {
		a.device.Close()
		return nil, fmt.Errorf("cannot configure the tunnel: %w", err)
	}
	return a, nil
}

func every(seconds int) string {
	return "persistent_keepalive_interval=" + strconv.Itoa(seconds) + "\n"
}

// Initiate drops the session and asks the controller at the endpoint for a new one. A silent one is
// agreed on but not used: the controller that answers does not become the holder of this client server.
func (a *Attachment) Initiate(endpoint netip.AddrPort, silent bool) error {
	ep, err := endpointOf(a.tap.Bind, endpoint)
	if err != nil {
		return fmt.Errorf("cannot send to %v: %w", endpoint, err)
	}
	a.silent.Store(silent)
	p := a.device.LookupPeer(a.facing)
	p.SetEndpointFromPacket(ep)
	p.ExpireCurrentKeypairs()
	return p.SendHandshakeInitiation(false)
}

// Status is what the device says of the session.
func (a *Attachment) Status() ClientStatus {
	for p := range peers(a.device) {
		if p.publicKey == a.facing {
			return ClientStatus{p.publicKey, p.endpoint, p.lastHandshake, p.txBytes, p.rxBytes}
		}
	}
	return ClientStatus{}
}

// Close ends the device, its port and its socket.
func (a *Attachment) Close() { a.device.Close() }

func (a *Attachment) out(packets [][]byte, _ conn.Endpoint) bool {
	return !a.silent.Load() || noise.KindOf(packets[0]) != noise.TransportKind
}
