// Package config is the configuration file vns3.toml: what it may say, what its values mean, and what
// is wrong with it. Parse turns its bytes into a validated Config; Edit changes single values in
// place and keeps every other byte; File owns the file of a running engine, follows what others do
// to it, and keeps the last good configuration. The package never applies a configuration: that is
// the engine's part.
//
// Every key, its default and its meaning stand once, in the schema; the decoder, the reference, the
// checks of vns3.toml.example and the suggestions for misspelt keys are made from it.
package config

import (
	"log/slog"
	"net"
	"net/netip"
	"time"

	"vns3/peering"
)

// The defaults of all keys that have one other than empty.
const (
	DefaultMTU          = 1420                   // bytes inside the tunnel: 1500 less WireGuard over IPv6
	DefaultInterval     = 50 * time.Millisecond  // between heartbeats
	DefaultSuspectAfter = 150 * time.Millisecond // three heartbeats
	DefaultDownAfter    = 1500 * time.Millisecond
	DefaultHoldUp       = 3 * time.Second
	DefaultHoldUpMax    = 60 * time.Second
	DefaultInterface    = Auto
	DefaultTakeover     = Auto
	DefaultAPIListen    = ":8000"
	DefaultLogLevel     = slog.LevelInfo
	DefaultLogFormat    = "text"
	DefaultTheme        = Auto
)

// minInterval keeps nine controllers from drowning each other in heartbeats.
const minInterval = 10 * time.Millisecond

// The words that stand for a choice of the engine, and for none.
const (
	Auto = "auto"
	Off  = "off"
)

// The bounds of an overlay MTU in bytes, as the API has them.
const (
	MinMTU = 500
	MaxMTU = 4800
)

// Config is a validated configuration. It is never changed after it was made.
type Config struct {
	Controller Controller
	Peering    peering.Table
	Tunnels    Tunnels
	Health     Health
	Overlay    Overlay
	Clients    Clients
	API        API
	License    License
	Routes     []Route
	Log        Log
	Console    Console
}

// Controller is this controller itself.
type Controller struct {
	Name     string
	Topology string     // a label to show; not part of the topology checksum
	Listen   netip.Addr // tunnels and API are bound to it; the zero Addr: all addresses
	DataDir  string     // empty: see DataDir
	NTPHosts []string
}

// Tunnels are the tunnels to the peers.
type Tunnels struct {
	MTU     int         // bytes inside the tunnel, a ceiling
	PeerMTU map[int]int // by ID, instead of MTU
}

// MTUOf is the configured ceiling for the tunnel to a peer, in bytes.
func (t Tunnels) MTUOf(id int) int {
	if mtu, ok := t.PeerMTU[id]; ok {
		return mtu
	}
	return t.MTU
}

// Health is when a link is judged, and how.
type Health struct {
	Interval     time.Duration // between heartbeats
	SuspectAfter time.Duration // silence, beyond the jitter, after which packets go round a link
	DownAfter    time.Duration // silence after which a link is announced as down
	HoldUp       time.Duration // how long good news is held
	HoldUpMax    time.Duration // what HoldUp doubles to while a link flaps
}

// Overlay is this host's part in the overlay.
type Overlay struct {
	Interface string // "auto", "off" or the name of the kernel interface
}

// Clients is what client servers are told and given.
type Clients struct {
	Endpoint   string // HOST[:PORT] that clientpacks name for this controller; empty: its public address
	Takeover   string // "auto" or "off"
	AllowedIPs []netip.Prefix
}

// API is the listener on TCP 8000.
type API struct {
	Listen       string // HOST:PORT, or :PORT for controller.listen
	PasswordFile string
	TLSCert      string
	TLSKey       string
}

// License is whose licenses are taken.
type License struct {
	Trusted []string // verifier keys as golang.org/x/mod/sumdb/note has them
}

// Route is a route of this controller.
type Route struct {
	CIDR        netip.Prefix
	Advertise   bool
	Gateway     netip.Addr // the zero Addr: none
	Interface   string
	Metric      int
	Description string
	Disabled    bool
}

// Log is what is logged and how.
type Log struct {
	Level  slog.Level
	Format string // "text" or "json"
}

// Console is how the console looks and is handled.
type Console struct {
	Theme string // "auto", "light", "dark" or "none"
	Mouse bool
	ASCII bool
	Keys  map[string][]string // keys of a console action, instead of its default ones
}

// Default is the configuration of an empty file.
func Default() Config {
	return Config{
		Tunnels: Tunnels{MTU: DefaultMTU},
		Health: Health{
			Interval: DefaultInterval, SuspectAfter: DefaultSuspectAfter, DownAfter: DefaultDownAfter,
			HoldUp: DefaultHoldUp, HoldUpMax: DefaultHoldUpMax,
		},
		Overlay: Overlay{Interface: DefaultInterface},
		Clients: Clients{Takeover: DefaultTakeover},
		API:     API{Listen: DefaultAPIListen},
		Log:     Log{Level: DefaultLogLevel, Format: DefaultLogFormat},
		Console: Console{Theme: DefaultTheme, Mouse: true},
	}
}

// APIAddress is where the API listens, as net.Listen takes it: api.listen, on controller.listen where
// it names no host.
func (c Config) APIAddress() string {
	host, port, err := net.SplitHostPort(c.API.Listen)
	if err == nil && host == "" && c.Controller.Listen.IsValid() {
		return net.JoinHostPort(c.Controller.Listen.String(), port)
	}
	return c.API.Listen
}
