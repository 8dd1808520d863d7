package forward

import (
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"golang.zx2c4.com/wireguard/conn"
	"golang.zx2c4.com/wireguard/tun"

	"vns3/engine/forward/ipv4"
)

// What a port holds while its device is busy. The data is about 5 ms of a gigabit.
const (
	dataPackets    = 1024
	dataBytes      = 1 << 20
	controlPackets = 256
	controlBytes   = 1 << 17
)

// Port is the switch as one WireGuard device sees it: a tun.Device. What the device decrypts it Writes
// to the port, which forwards it before Write returns; what it Reads are the packets to encrypt. Read
// is for one goroutine at a time; Write is for any number.
type Port struct {
	s      *Switch
	at     slot
	events chan tun.Event
	wake   chan struct{} // the reader has something in its lent buffers, or the port is closed
	space  chan struct{} // the queue has room again

	mu      sync.Mutex
	data    queue
	control queue
	lent    loan
	waiting int         // writers that wait for space
	closed  atomic.Bool // set under mu
}

// loan is what a waiting reader lends: buffers into which packets are copied without a stop in a queue.
type loan struct {
	bufs   [][]byte
	sizes  []int
	offset int
	used   int
}

func newPort(s *Switch, at slot) *Port {
	return &Port{
		s: s, at: at,
		events:  make(chan tun.Event, 1),
		wake:    make(chan struct{}, 1),
		space:   make(chan struct{}, 1),
		data:    newQueue(dataPackets, dataBytes),
		control: newQueue(controlPackets, controlBytes),
	}
}

// Read waits for packets for the device and copies them into bufs at offset. Control packets come
// first. After Close it returns os.ErrClosed.
func (p *Port) Read(bufs [][]byte, sizes []int, offset int) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		p.lent = loan{bufs: bufs, sizes: sizes, offset: offset}
		p.fill(&p.control)
		p.fill(&p.data)
		if p.lent.used == 0 && !p.closed.Load() {
			p.mu.Unlock()
			<-p.wake
			p.mu.Lock()
		}
		n := p.lent.used
		p.lent = loan{}
		if n > 0 {
			p.s.traffic[p.at].out.Add(uint64(n))
			return n, nil
		}
		if p.closed.Load() {
			return 0, os.ErrClosed
		}
	}
}

// fill moves packets from q into the lent buffers. It needs p.mu.
func (p *Port) fill(q *queue) {
	for q.count > 0 && p.lent.used < len(p.lent.bufs) {
		packet := q.pop()
		if out := p.lent.next(len(packet)); out != nil {
			copy(out, packet)
		} else {
			p.s.traffic[p.at].dropped[TooBig].Add(1)
		}
	}
	if p.waiting > 0 {
		signal(p.space)
	}
}

// next returns the place for a packet in the lent buffers; nil if it does not fit into them.
func (l *loan) next(length int) []byte {
	if l.used == len(l.bufs) || len(l.bufs[l.used])-l.offset < length {
		return nil
	}
	out := l.bufs[l.used][l.offset : l.offset+length]
	l.sizes[l.used] = length
	l.used++
	return out
}

// reserve returns the place for a packet: in the lent buffers, else in q; nil while there is no room.
// It needs p.mu. Lent buffers are used only while nothing is queued, so packets stay in order.
func (p *Port) reserve(q *queue, length int) []byte {
	if p.data.count == 0 && p.control.count == 0 {
		if out := p.lent.next(length); out != nil {
			return out
		}
	}
	return q.push(length)
}

// sendControl queues a control packet ahead of the data; false if the port is closed or holds too many.
func (p *Port) sendControl(from int, payload []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return false
	}
	out := p.reserve(&p.control, ipv4.HeaderLength+len(payload))
	if out == nil {
		return false
	}
	ipv4.PutControl(out, from, int(p.at), len(payload))
	copy(out[ipv4.HeaderLength:], payload)
	p.handOn()
	return true
}

// signal leaves a token for whoever waits on c.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// Write forwards the packets in bufs, which start at offset. It may change them and keeps none of them.
// What is wrong with a packet is counted, not returned: an error would close the device.
func (p *Port) Write(bufs [][]byte, offset int) (int, error) {
	if p.closed.Load() {
		return 0, os.ErrClosed
	}
	b := p.s.begin(p.at)
	for _, buf := range bufs {
		b.take(buf, offset)
	}
	b.end()
	return len(bufs), nil
}

// SetMTU sets the length of the largest packet that goes out here, in bytes, and tells the device.
func (p *Port) SetMTU(mtu int) {
	p.s.update(func(v *view) { v.mtu[p.at] = mtu })
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return
	}
	select {
	case p.events <- tun.EventMTUUpdate:
	default: // one is waiting already, and the device asks for the newest
	}
}

// MTU returns the MTU of the port in bytes.
func (p *Port) MTU() (int, error) { return p.s.view.Load().mtu[p.at], nil }

// Name returns the name of the port.
func (p *Port) Name() (string, error) {
	if p.at.isPeer() {
		return "vns3-peer" + strconv.Itoa(int(p.at)), nil
	}
	return "vns3-" + p.at.String(), nil
}

// File returns nil: there is no file behind a port.
func (p *Port) File() *os.File { return nil }

// Events tells the device of changed MTUs. It is closed with the port.
func (p *Port) Events() <-chan tun.Event { return p.events }

// BatchSize returns how many packets Read takes at most in one call.
func (p *Port) BatchSize() int { return conn.IdealBatchSize }

// Close ends a waiting Read; what still waits in the port is dropped. Closing twice does nothing.
func (p *Port) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed.Load() {
		return nil
	}
	p.closed.Store(true)
	p.s.traffic[p.at].dropped[PortClosed].Add(uint64(p.data.count + p.control.count))
	p.data, p.control = queue{}, queue{}
	close(p.events)
	signal(p.wake)
	signal(p.space)
	return nil
}

// queued returns how many packets wait for the device.
func (p *Port) queued() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.data.count + p.control.count + p.lent.used
}
