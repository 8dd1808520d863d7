package tunnel

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/time/rate"

	"vns3/engine/tunnel/probe"
)

const (
	askEvery     = 300 * time.Millisecond
	answerRate   = 100 // a second, in all
	answerBurst  = 100
	mostlyAnswer = 2048 // bytes read of a datagram
)

// ProberOptions say who probes and answers.
type ProberOptions struct {
	Self          int                                 // ID; 0: not set yet
	Discriminator uint64                              // of this process
	Key           [32]byte                            // derived from the keyset
	Checksum      [20]byte                            // the topology checksum
	Listen        netip.Addr                          // address to probe from; the zero Addr: the kernel's choice
	Listed        func(netip.Addr) int                // ID of the row whose address it is now; 0: none; may be nil
	Stranger      func(probe.Message, netip.AddrPort) // a controller with our keyset that has no row here; may be nil
	Heard         func(id int)                        // a probe came from the controller of the row; may be nil
	Now           func() time.Time                    // the wall clock; nil: time.Now
}

// Prober sends outer probes and answers those of others. All links of an engine share one.
type Prober struct {
	o       ProberOptions
	answers *rate.Limiter
}

// NewProber returns a prober.
func NewProber(o ProberOptions) *Prober {
	if o.Now == nil {
		o.Now = time.Now
	}
	return &Prober{o: o, answers: rate.NewLimiter(answerRate, answerBurst)}
}

// answer returns what to answer to a datagram that arrived on the port of the row; nil: nothing.
func (p *Prober) answer(packet []byte, from netip.AddrPort, row int) []byte {
	if !p.answers.AllowN(time.Now(), 1) {
		return nil
	}
	request, proof := probe.Decode(packet, p.o.Key)
	if proof == probe.Authentic && request.Kind == probe.Request && row == 0 && p.o.Stranger != nil &&
		request.Discriminator != p.o.Discriminator {
		p.o.Stranger(request, from)
	}
	if proof == probe.Authentic && request.Kind == probe.Request && row != 0 && request.ID == row && p.o.Heard != nil {
		p.o.Heard(row)
	}
	listener := probe.Listener{
		Self: p.o.Self, Discriminator: p.o.Discriminator, Checksum: [8]byte(p.o.Checksum[:8]), Row: row,
		Known: p.o.Listed != nil && p.o.Listed(from.Addr()) != 0,
	}
	reply, due := listener.Reply(request, proof, from, p.o.Now())
	if !due {
		return nil
	}
	return reply.Encode(p.o.Key)
}

// Probe asks the controller behind the address for its identity, from a socket of its own. It returns
// at the first answer or ICMP error, else with NoAnswer when ctx ends; it asks again every 300 ms.
func (p *Prober) Probe(ctx context.Context, to netip.AddrPort, expected int) probe.Report {
	var local *net.UDPAddr
	if p.o.Listen.IsValid() {
		local = net.UDPAddrFromAddrPort(netip.AddrPortFrom(p.o.Listen, 0))
	}
	c, err := net.DialUDP("udp", local, net.UDPAddrFromAddrPort(to))
	if err != nil {
		return probe.Report{Verdict: probe.Unreachable}
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { c.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	request := probe.Message{
		Kind: probe.Request, ID: p.o.Self, Nonce: rand.Uint64(), Discriminator: p.o.Discriminator,
		Checksum: [8]byte(p.o.Checksum[:8]), Observed: to,
	}
	for ctx.Err() == nil {
		report, err := p.ask(ctx, c, request, expected)
		switch {
		case err == nil:
			return report
		case errors.Is(err, syscall.ECONNREFUSED):
			return probe.Report{Verdict: probe.PortClosed}
		case !errors.Is(err, os.ErrDeadlineExceeded):
			return probe.Report{Verdict: probe.Unreachable}
		}
		request.Nonce++
	}
	return probe.Report{Verdict: probe.NoAnswer, Local: c.LocalAddr().(*net.UDPAddr).AddrPort().Addr().Unmap()}
}

// ask sends one request and waits for its answer.
func (p *Prober) ask(ctx context.Context, c *net.UDPConn, request probe.Message, expected int) (probe.Report, error) {
	sent := time.Now()
	asked := probe.Asked{Request: request, Expected: expected, SentAt: p.o.Now()}
	request.Clock = asked.SentAt
	if err := c.SetReadDeadline(sent.Add(askEvery)); err != nil {
		return probe.Report{}, err
	}
	if ctx.Err() != nil { // it may have set its deadline before
		return probe.Report{}, os.ErrDeadlineExceeded
	}
	if _, err := c.Write(request.Encode(p.o.Key)); err != nil {
		return probe.Report{}, err
	}
	var buf [mostlyAnswer]byte
	for {
		n, err := c.Read(buf[:])
		if err != nil {
			return probe.Report{}, err
		}
		answer, proof := probe.Decode(buf[:n], p.o.Key)
		if proof == probe.Malformed || answer.Kind == probe.Request || answer.Nonce != request.Nonce {
			continue
		}
		return probe.Judge(asked, answer, proof, asked.SentAt.Add(time.Since(sent))), nil
	}
}

// OpenResponder answers probes on a UDP port on which no link runs. Without it a controller that lists
// us, but that we do not list, would see a closed port.
func (p *Prober) OpenResponder(listen netip.Addr, port uint16) (*Responder, error) {
	address := &net.UDPAddr{Port: int(port)}
	if listen.IsValid() {
		address.IP = listen.AsSlice()
	}
	c, err := net.ListenUDP("udp", address)
	if err != nil {
		return nil, portInUse(port, "outer probes", err)
	}
	r := &Responder{conn: c}
	r.running.Go(func() { r.serve(p) })
	return r, nil
}

// Responder answers outer probes on one port.
type Responder struct {
	conn    *net.UDPConn
	running sync.WaitGroup
}

func (r *Responder) serve(p *Prober) {
	var buf [mostlyAnswer]byte
	for {
		n, from, err := r.conn.ReadFromUDPAddrPort(buf[:])
		if errors.Is(err, net.ErrClosed) {
			return
		}
		from = netip.AddrPortFrom(from.Addr().Unmap(), from.Port())
		if err == nil && probe.Is(buf[:n]) {
			if answer := p.answer(buf[:n], from, 0); answer != nil {
				_, _ = r.conn.WriteToUDPAddrPort(answer, from) // an answer may be lost
			}
		}
	}
}

// Addr returns the port on which the responder listens.
func (r *Responder) Addr() netip.AddrPort { return r.conn.LocalAddr().(*net.UDPAddr).AddrPort() }

// Close frees the port.
func (r *Responder) Close() {
	r.conn.Close()
	r.running.Wait()
}
