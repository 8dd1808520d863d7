package tunnel

import (
	"context"
	"encoding/hex"
	"fmt"
	"iter"
	"log/slog"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/device"
	"golang.zx2c4.com/wireguard/tun"
)

// newDevice starts a device on an opened tap. On an error nothing is left running
// and the port is closed.
func newDevice(port tun.Device, t *tap, privateKey [32]byte, log *slog.Logger) (*device.Device, error) {
	d := device.NewDevice(port, t, deviceLogger(log))
	err := d.IpcSet(line("private_key", privateKey))
	if err == nil {
		err = d.Up()
	}
	if err != nil {
		d.Close()
		return nil, fmt.Errorf("cannot start the WireGuard device: %w", err)
	}
	return d, nil
}

// line is a line of the configuration protocol that holds a key.
func line(name string, key [32]byte) string { return name + "=" + hex.EncodeToString(key[:]) + "\n" }

// peerStatus is what the device says of one peer.
type peerStatus struct {
	publicKey        [32]byte
	endpoint         netip.AddrPort
	lastHandshake    time.Time
	txBytes, rxBytes uint64
}

// peers asks the device for all its peers.
func peers(d *device.Device) iter.Seq[peerStatus] {
	return func(yield func(peerStatus) bool) {
		text, err := d.IpcGet()
		if err != nil {
			return // writing into memory never fails
		}
		var p peerStatus
		var seconds, nanoseconds int64
		known := false
		done := func() bool {
			if seconds != 0 || nanoseconds != 0 {
				p.lastHandshake = time.Unix(seconds, nanoseconds)
			}
			return !known || yield(p)
		}
		for row := range strings.Lines(text) {
			name, value, _ := strings.Cut(strings.TrimSuffix(row, "\n"), "=")
			switch name {
			case "public_key":
				if !done() {
					return
				}
				p, seconds, nanoseconds, known = peerStatus{}, 0, 0, true
				hex.Decode(p.publicKey[:], []byte(value))
			case "endpoint":
				p.endpoint, _ = netip.ParseAddrPort(value)
			case "last_handshake_time_sec":
				seconds, _ = strconv.ParseInt(value, 10, 64)
			case "last_handshake_time_nsec":
				nanoseconds, _ = strconv.ParseInt(value, 10, 64)
			case "tx_bytes":
				p.txBytes, _ = strconv.ParseUint(value, 10, 64)
			case "rx_bytes":
				p.rxBytes, _ = strconv.ParseUint(value, 10, 64)
			}
		}
		done()
	}
}

// logged is how many lines of a device are logged in a second: a broken network fails each packet.
const logged = 5

// deviceLogger logs what the device says at debug level.
func deviceLogger(log *slog.Logger) *device.Logger {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	var mu sync.Mutex
	var since time.Time
	var lines int
	write := func(format string, args ...any) {
		if !log.Enabled(context.Background(), slog.LevelDebug) {
			return
		}
		mu.Lock()
		if now := time.Now(); now.Sub(since) >= time.Second {
			since, lines = now, 0
		}
		lines++
		over := lines > logged
		mu.Unlock()
		if !over {
			log.Debug(fmt.Sprintf(format, args...))
		}
	}
	return &device.Logger{Verbosef: write, Errorf: write}
}

// endpointOf turns an address into the bind's endpoint.
func endpointOf(b conn.Bind, to netip.AddrPort) (conn.Endpoint, error) {
	return b.ParseEndpoint(to.String())
}
