package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vns3/engine/tunnel"
	"vns3/engine/tunnel/probe"
	"vns3/status"
)

// The verdicts of a check.
const (
	verdictOK      = "ok"
	verdictWarning = "warning"
	verdictError   = "error"
	verdictUnknown = "unknown"
)

// place is where an outer probe looked, in the words of the one who reads what it found.
type place struct {
	id, self int        // of the row, and of this controller
	addr     netip.Addr // of the peer
	observed string     // address that peers see this controller at; empty: unknown
	heard    bool       // something of the peer reached us while our packets got no answer
}

// openPort says which port to open where, and from where.
func (p place) openPort() string {
	from := ""
	if p.observed != "" {
		from = " from " + p.observed
	}
	return fmt.Sprintf("open UDP %d on #%d%s", tunnel.LinkPort(p.self), p.id, from)
}

// openHere says which of our ports to open.
func (p place) openHere() string {
	return fmt.Sprintf("open UDP %d on #%d (this controller) from %v", tunnel.LinkPort(p.id), p.self, p.addr)
}

// diagnose turns what an outer probe found into the one condition that it means. ok is false where
// nothing is wrong outside the tunnel.
func diagnose(r probe.Report, p place) (f status.Finding, ok bool) {
	port := tunnel.LinkPort(p.self)
	f.Peer = p.id
	switch r.Verdict {
	case probe.OK:
		return f, false
	case probe.NoAnswer:
		f.Code = status.PeerSilent
		f.Text = fmt.Sprintf("#%d does not answer: nothing comes back from %v, UDP %d", p.id, p.addr, port)
		f.Remedy = fmt.Sprintf("check that vns3 runs there; %s and %s", p.openPort(), p.openHere())
		if p.heard {
			f.Code = status.PeerOneWay
			f.Text = fmt.Sprintf("#%d is heard, but does not hear us: packets to %v, UDP %d, are lost", p.id, p.addr, port)
			f.Remedy = p.openPort()
		}
	case probe.PortClosed:
		f.Code = status.PeerPort
		f.Text = fmt.Sprintf("#%d: nobody listens at %v, UDP %d", p.id, p.addr, port)
		f.Remedy = "start vns3 there, or correct the address of the row; it needs the keyset and its own ID"
	case probe.Unreachable:
		f.Code = status.PeerSilent
		f.Text = fmt.Sprintf("#%d: the network has no way to %v", p.id, p.addr)
		f.Remedy = "check the address, and the route to it"
	case probe.OtherKeyset:
		f.Code = status.PeerOtherKeyset
		f.Text = fmt.Sprintf("#%d at %v runs vns3 with another keyset", p.id, p.addr)
	case probe.OtherVersion:
		f.Code = status.PeerVersion
		f.Text = fmt.Sprintf("#%d at %v speaks another version of the protocol", p.id, p.addr)
	case probe.Myself:
		f.Code = status.PeerMyself
		f.Text = fmt.Sprintf("the address of row %d, %v, leads back to this controller", p.id, p.addr)
	case probe.WrongID:
		f.Code = status.PeerWrongID
		f.Text = fmt.Sprintf("at %v is controller %d, not controller %d", p.addr, r.ID, p.id)
	case probe.NotPeeredThere:
		f.Code = status.PeerNotPeered
		f.Text = fmt.Sprintf("#%d at %v has our keyset, but no row for this controller", p.id, p.addr)
		f.Remedy = fmt.Sprintf("on #%d set row %d to this controller's address", p.id, p.self)
		if p.observed != "" {
			f.Remedy = fmt.Sprintf("on #%d set row %d to %s", p.id, p.self, p.observed)
		}
	case probe.ClockSkew:
		f.Code = status.PeerClock
		f.Text = fmt.Sprintf("the clock of #%d is %s", p.id, skewWords(r.Skew))
		f.Remedy = "set the clock right (NTP) on the controller that is wrong"
	}
	return f, true
}

// skewWords says how far a clock is off, no finer than is of use: the figure stays the same while it is read.
func skewWords(skew time.Duration) string {
	fine := time.Millisecond
	if skew.Abs() >= time.Minute {
		fine = time.Second
	}
	if skew < 0 {
		return fmt.Sprintf("%v behind ours", (-skew).Round(fine))
	}
	return fmt.Sprintf("%v ahead of ours", skew.Round(fine))
}

// reportCheck is what an outer probe found, as a finding of the doctor.
func reportCheck(r probe.Report, p place) status.Check {
	f, wrong := diagnose(r, p)
	if !wrong {
		return status.Check{
			What: "port", Verdict: verdictOK, Text: "answers, same keyset",
			Evidence: fmt.Sprintf("UDP %d at %v in %.1f ms", tunnel.LinkPort(p.self), p.addr, float64(r.RTT.Microseconds())/1000),
		}
	}
	return findingCheck(f)
}

// provedBy is what an answer from outside the tunnel proves to be right, beside that there is one.
func provedBy(r probe.Report, id int) []status.Check {
	ok := func(what, text string) status.Check { return status.Check{What: what, Verdict: verdictOK, Text: text} }
	ours := ok("keyset", "the same keyset")
	expected := ok("id", fmt.Sprintf("it is controller %d", id))
	switch r.Verdict {
	case probe.OK:
		clock := ok("clock", "agrees")
		clock.Evidence = fmt.Sprintf("%+.1f ms", milliseconds(r.Skew))
		return []status.Check{ours, expected, ok("peered", "it lists this controller"), clock}
	case probe.ClockSkew:
		return []status.Check{ours, expected, ok("peered", "it lists this controller")}
	case probe.NotPeeredThere:
		return []status.Check{ours, expected}
	case probe.WrongID:
		return []status.Check{ours}
	}
	return nil
}

// whatOf is the part of a peer or client server that a condition is about.
var whatOf = map[status.Code]string{
	status.PeerUnresolved: "name", status.PeerPort: "port", status.PeerSilent: "port", status.PeerOneWay: "port",
	status.PeerOtherKeyset: "keyset", status.PeerVersion: "version", status.PeerMyself: "address", status.PeerWrongID: "id",
	status.PeerNotPeered: "peered", status.PeerClock: "clock", status.PeerMTU: "mtu", status.PeerAstray: "address", status.PeerLossy: "loss",
	status.ChecksumDiffers: "checksum", status.DuplicateID: "id", status.PeerSameAddress: "address", status.PortsBusy: "port",
	status.PeerVia: "path", status.PeerLost: "path", status.PeerSuspect: "silence", status.PeerFlapping: "flapping",
	status.FirewallBlocks: "firewall", status.ClientUnanswered: "session", status.ClientContested: "holder",
}

// findingCheck is a condition as a finding of the doctor.
func findingCheck(f status.Finding) status.Check {
	c := status.Describe(f.Code)
	verdict := verdictWarning
	if c.Severity == status.Error {
		verdict = verdictError
	}
	what, ok := whatOf[f.Code]
	if !ok {
		what = string(f.Code)
	}
	remedy := f.Remedy
	if remedy == "" && f.Code != status.PeerVia { // whose remedy are these checks
		remedy = c.Remedy
	}
	return status.Check{What: what, Verdict: verdict, Text: f.Text, Remedy: remedy}
}

// nameCheck is the outcome of a lookup as a finding of the doctor.
func nameCheck(name string, addrs []netip.Addr, err error) status.Check {
	if err != nil || len(addrs) == 0 {
		return findingCheck(unresolved(0, name, err))
	}
	return status.Check{What: "name", Verdict: verdictOK, Text: name + " resolves", Evidence: addressesText(addrs)}
}

func addressesText(addrs []netip.Addr) string {
	texts := make([]string, len(addrs))
	for i, a := range addrs {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

func unresolved(id int, name string, err error) status.Finding {
	f := status.Finding{
		Code: status.PeerUnresolved, Peer: id, Text: fmt.Sprintf("the name %s does not resolve", name),
		Remedy: "correct the name in the row, or the DNS record",
	}
	var why *tunnel.Unresolved
	switch {
	case errors.As(err, &why):
		f.Text, f.Remedy = f.Text+": "+why.Reason, why.Remedy
	case err != nil:
		f.Text += ": " + err.Error()
	}
	return f
}
