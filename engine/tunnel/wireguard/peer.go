package wireguard

import (
	"bytes"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/chacha20poly1305"
	"golang.zx2c4.com/wireguard/conn"

	"vns3/engine/tunnel/noise"
)

// Peer is one peer of a device.
type Peer struct {
	d         *Device
	publicKey [32]byte
	out       [][]byte       // of the sending goroutine: packets of its batch
	allowed   []netip.Prefix // guarded by the device's mu

	endpoint  atomic.Pointer[conn.Endpoint] // nil: not known
	current   atomic.Pointer[session]       // the one to send with; nil: none
	handshake atomic.Int64                  // when the newest was completed, Unix ns; 0: never
	tx, rx    atomic.Uint64                 // bytes of authenticated messages

	// Stamps for the timers, 0: not.
	unanswered atomic.Int64 // when data was sent after which nothing came
	owed       atomic.Int64 // when data came after which nothing was sent
	traversed  atomic.Int64 // when anything was last sent or received
	alarm      alarm

	order  sync.Mutex // who sends in the current session holds it, so that packets stay in order
	staged [][]byte   // packets that wait for a session, behind their room
	nonce  [chacha20poly1305.NonceSize]byte

	mu       sync.Mutex // guards what follows; taken after order, before the device's
	gone     bool
	remote   *noise.Remote
	interval time.Duration // of keepalives; 0: none
	previous *session
	next     *session // the peer began it and did not use it yet
	attempt  attempt
	jar      noise.Jar
	newest   [12]byte // timestamp of the peer's newest initiation
	answered int64    // when that was answered
}

func newPeer(d *Device, publicKey [32]byte) *Peer {
	p := &Peer{d: d, publicKey: publicKey}
	p.alarm.timer = time.AfterFunc(time.Hour, p.ring)
	p.alarm.timer.Stop()
	return p
}

// configure sets what is known of the peer.
func (p *Peer) configure(remote *noise.Remote, c PeerConfig) {
	p.mu.Lock()
	begin := c.Keepalive > 0 && p.interval == 0
	p.remote, p.interval = remote, c.Keepalive
	p.mu.Unlock()
	if c.Endpoint != nil {
		p.SetEndpoint(c.Endpoint)
	}
	if begin {
		p.SendKeepalive()
	}
	if c.Keepalive > 0 {
		p.alarm.by(p.d.now()+int64(c.Keepalive), p.d)
	}
}

// PublicKey returns the peer's key.
func (p *Peer) PublicKey() [32]byte { return p.publicKey }

// Endpoint returns where messages to the peer go now; nil: not known.
func (p *Peer) Endpoint() conn.Endpoint {
	if to := p.endpoint.Load(); to != nil {
		return *to
	}
	return nil
}

// SetEndpoint says where the peer is. It sends nothing.
func (p *Peer) SetEndpoint(to conn.Endpoint) { p.endpoint.Store(&to) }

// follow notes where an authenticated message came from.
func (p *Peer) follow(from conn.Endpoint) {
	before := p.Endpoint()
	if before == from {
		return
	}
	p.SetEndpoint(from)
	if before != nil && !bytes.Equal(before.DstToBytes(), from.DstToBytes()) {
		p.d.o.Roamed(p, from)
	}
}

// LastHandshake returns when the newest session was agreed on; the zero time: never.
func (p *Peer) LastHandshake() time.Time {
	if at := p.handshake.Load(); at != 0 {
		return time.Unix(0, at)
	}
	return time.Time{}
}

// Traffic returns how many bytes of authenticated messages went to the peer and came from it, outer
// headers not counted.
func (p *Peer) Traffic() (tx, rx uint64) { return p.tx.Load(), p.rx.Load() }

// Connected reports whether there is a session to send with.
func (p *Peer) Connected() bool { return p.current.Load().sends(p.d.now()) }

// Initiate asks the peer for a new session, whatever was asked before; until there is one, packets wait,
// but for those that are being sent just now. What comes in the old session still counts, and so does a
// session that the peer begins from now on. Without an endpoint it asks nobody.
func (p *Peer) Initiate() error {
	p.mu.Lock()
	for _, s := range []*session{p.current.Load(), p.next} {
		if s != nil {
			s.retired.Store(true)
		}
	}
	p.mu.Unlock()
	return p.initiate(demanded)
}

// Forget ends all sessions with the peer and forgets the newest timestamp it sent: the only way to accept
// a peer whose clock went back.
func (p *Peer) Forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.endSessions()
	p.endAttempt()
	p.newest = [12]byte{}
}

// SendKeepalive sends an empty packet, or what waits for a session; without one it asks for one, unless
// it did so within RekeyTimeout.
func (p *Peer) SendKeepalive() {
	if !p.flush(true) {
		_ = p.initiate(needed) // repeated by the alarm
	}
}

// close ends everything.
func (p *Peer) close() {
	p.mu.Lock()
	p.gone = true
	p.endSessions()
	p.endAttempt()
	p.mu.Unlock()
	p.alarm.silence()
	p.unstage()
}

// endSessions needs p.mu.
func (p *Peer) endSessions() {
	p.drop(p.current.Swap(nil))
	p.drop(p.previous)
	p.drop(p.next)
	p.previous, p.next = nil, nil
}

// drop ends a session and gives its index back.
func (p *Peer) drop(s *session) {
	if s == nil {
		return
	}
	s.ended.Store(true)
	p.d.release(s.local)
}
