package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"

	"vns3/engine/tunnel"
)

// defaultMTU is what wg-quick gives an interface on a network of 1500 bytes.
const defaultMTU = 1420

// Options say what the agent is to do.
type Options struct {
	Pack      Pack
	Interface string // name; "auto": the first free of vns3, vns31, …
	Log       *slog.Logger
	Changed   func(Report) // told of each change; may be nil
}

// Report is what the agent is doing.
type Report struct {
	Time       time.Time `json:"time"`
	Phase      string    `json:"phase"`
	Interface  string    `json:"interface"`
	Controller int       `json:"controller,omitempty"` // ID; absent: none, or one that the pack does not name
	Endpoint   string    `json:"endpoint,omitempty"`
	RTT        float64   `json:"rtt_ms,omitempty"` // of probes, smoothed
}

// agent is one run.
type agent struct {
	o      Options
	name   string // of the interface
	book   *book
	tunnel *tunnel.Attachment
	echoes *echoes
	course *Course

	asked    time.Time // when a session was last initiated
	received uint64    // bytes, at the last step
	reported Report
}

// Run keeps this machine attached until ctx ends, and leaves nothing behind. It needs CAP_NET_ADMIN and
// CAP_NET_RAW; an error says what could not be set up, or that the interface was removed.
func Run(ctx context.Context, o Options) error {
	mtu := o.Pack.MTU
	if mtu == 0 {
		mtu = defaultMTU
	}
	a := &agent{o: o, book: newBook(o.Pack.Places, o.Log), course: NewCourse(len(o.Pack.Places), o.Pack.Assigned)}
	dev, err := tunnel.OpenKernel(o.Interface, mtu)
	if errors.Is(err, os.ErrPermission) {
		return fmt.Errorf("cannot make the interface: %w: it needs CAP_NET_ADMIN and CAP_NET_RAW: run as root", os.ErrPermission)
	}
	if err != nil {
		return err
	}
	if a.name, err = dev.Name(); err != nil {
		dev.Close()
		return fmt.Errorf("cannot tell the name of the interface: %w", err)
	}
	p := o.Pack
	attach := tunnel.AttachOptions{PrivateKey: p.Private, Facing: p.Facing, Preshared: p.Preshared, Allowed: p.Allowed, Keepalive: p.Keepalive, Port: dev, Log: o.Log}
	for _, s := range p.Standbys {
		attach.Standbys = append(attach.Standbys, tunnel.AttachStandby{PublicKey: s.Key, Endpoint: s.Endpoint, Keepalive: s.Keepalive})
	}
	if a.tunnel, err = tunnel.OpenAttachment(attach); err != nil {
		dev.Close()
		return err
	}
	defer a.tunnel.Close()
	if err := tunnel.ConfigureKernel(dev, tunnel.KernelConfig{Address: p.Address, Subnet: p.Allowed[0], Routes: p.Allowed[1:], MTU: mtu}); err != nil {
		return err
	}
	if a.echoes, err = openEchoes(p.Address, p.VIP); err != nil {
		return err
	}
	var running sync.WaitGroup
	defer running.Wait()
	defer a.echoes.close()
	ctx, end := context.WithCancel(ctx)
	defer end()
	running.Go(a.echoes.receive)
	a.book.refresh(ctx)
	running.Go(func() { a.book.keep(ctx) })
	return a.sail(ctx)
}

// sail does what the course says until ctx ends, or the interface does.
func (a *agent) sail(ctx context.Context) error {
	a.o.Log.Info("the agent runs", "interface", a.name, "address", a.o.Pack.Address, "controllers", len(a.o.Pack.Places))
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			a.o.Log.Info("the agent ends", "interface", a.name)
			return nil
		case err := <-a.tunnel.Broken():
			return fmt.Errorf("cannot read the interface %s: %w: it was removed, start the agent again", a.name, err)
		}
		now := time.Now()
		seen := a.look()
		a.obey(a.course.Step(now, seen))
		a.report(now)
		timer.Reset(a.course.Wait())
	}
}

// look gathers what happened since the last step.
func (a *agent) look() Seen {
	s := a.tunnel.Status()
	seen := Seen{Answers: a.echoes.taken(), Alive: s.RxBytes > a.received, At: a.book.place(s.Endpoint)}
	a.received = s.RxBytes
	if s.LastHandshake.After(a.asked) {
		seen.Handshake, seen.HandshakeRTT = true, s.LastHandshake.Sub(a.asked)
	}
	return seen
}

func (a *agent) obey(o Order) {
	if o.Initiate {
		a.initiate(o)
	}
	if o.Probe {
		a.echoes.send(time.Now())
	}
}

func (a *agent) initiate(o Order) {
	a.asked = time.Now().Round(0) // the device's time of a handshake is the wall clock's too
	place, at := a.o.Pack.Places[o.Target], a.book.address(o.Target)
	if !at.IsValid() {
		return // its name was not found, which was logged
	}
	log := a.o.Log.With("controller", place.Controller, "endpoint", at)
	if err := a.tunnel.Initiate(at, o.Silent); err != nil {
		log.Warn("a controller could not be asked for a session", "error", err)
		return
	}
	if !o.Silent {
		log.Info("asking a controller for a session")
	}
}

// report tells of a change of phase or controller.
func (a *agent) report(now time.Time) {
	r := Report{Phase: a.course.Phase().String(), Interface: a.name}
	if target := a.course.Target(); target >= 0 {
		place := a.o.Pack.Places[target]
		r.Controller, r.Endpoint = place.Controller, place.String()
	}
	before := a.reported
	if r == before {
		return
	}
	a.reported = r
	r.Time, r.RTT = now, float64(a.course.RTT().Microseconds())/1000
	if a.o.Changed != nil {
		a.o.Changed(r)
	}
	log := a.o.Log.With("controller", r.Controller, "endpoint", r.Endpoint)
	switch a.course.Phase() {
	case Attached:
		if r.Controller != before.Controller || before.Phase != Doubting.String() {
			log.Info("attached")
		}
	case Seeking:
		if before.Phase == Doubting.String() {
			log.Warn("the controller is silent: trying another one", "silent", before.Controller)
		}
	case Pausing:
		log.Warn("no controller answers: check this machine's network, and that the clientpack is enabled")
	default:
		log.Debug(r.Phase)
	}
}
