package forward

import "time"

const (
	// maxHeld is how many data packets a paced device holds at a time: enough to keep its workers and
	// the socket busy, little enough that a heartbeat behind them is not late.
	maxHeld = 512
	// paceTimeout is after how much silence the packets that a device holds count as lost: it drops
	// those that it has no session for without a word.
	paceTimeout = 100 * time.Millisecond
)

// pace keeps a device from taking more data than it can send. Its own queues have room for 130,000
// packets, which is seconds of a slow uplink, and nothing overtakes in them.
type pace struct {
	on    bool        // the device's bind reports what it sends
	holds int         // packets that the device took and did not send
	full  bool        // the reader waits because the device holds enough
	moved time.Time   // when the device last sent
	timer *time.Timer // the reader's
}

// Sent tells the port of the datagrams that its device gave to its socket, sent or not. From then on
// the device gets no more data than it sends; control packets always go through to it.
//
// Only the port of a tunnel is paced. Among client servers, one that is gone would stop all others.
func (p *Port) Sent(datagrams [][]byte) {
	if !p.at.isPeer() {
		return
	}
	n := 0
	for _, d := range datagrams {
		if isData(d) {
			n++
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pace.on = true
	p.pace.holds = max(0, p.pace.holds-n)
	p.pace.moved = p.s.options.Now()
	if p.data.count > 0 && p.pace.holds <= maxHeld/2 {
		signal(p.wake)
	}
}

// isData reports whether a WireGuard datagram carries a packet: message type 4, and longer than a
// keepalive, which is header and tag alone.
func isData(datagram []byte) bool { return len(datagram) > 32 && datagram[0] == 4 }

// wait waits for a token in wake; silent is true if none came within the time that is left.
func (p *pace) wait(wake <-chan struct{}, left time.Duration) (silent bool) {
	if p.timer == nil {
		p.timer = time.NewTimer(left)
	} else {
		p.timer.Reset(left)
	}
	defer p.timer.Stop()
	select {
	case <-wake:
		return false
	case <-p.timer.C:
		return true
	}
}
