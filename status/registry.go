package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Code names a condition that is worth a warning. It is stable: scripts and metrics use it.
type Code string

// The codes of all warnings. Each stands in the registry once, with its title, meaning and remedy.
const (
	ConfigRefused     Code = "config.refused"
	ConfigLastGood    Code = "config.last_good"
	ConfigReadOnly    Code = "config.read_only"
	LicenseMissing    Code = "license.missing"
	LicenseExpired    Code = "license.expired"
	LicenseExceeded   Code = "license.exceeded"
	KeysetMissing     Code = "keyset.missing"
	FetchClosed       Code = "fetch.closed"
	PeeringIncomplete Code = "peering.incomplete"
	PeeringInvalid    Code = "peering.invalid"
	PeerUnresolved    Code = "peer.unresolved"
	PeerPort          Code = "peer.port"
	PeerOneWay        Code = "peer.one_way"
	PeerOtherKeyset   Code = "peer.other_keyset"
	PeerWrongID       Code = "peer.wrong_id"
	PeerMyself        Code = "peer.myself"
	PeerNotPeered     Code = "peer.not_peered"
	PeerWantsToPeer   Code = "peer.wants_to_peer"
	PeerSameAddress   Code = "peer.same_address"
	PeerClock         Code = "peer.clock"
	PeerVersion       Code = "peer.version"
	PeerSilent        Code = "peer.silent"
	PeerVia           Code = "peer.via"
	PeerLost          Code = "peer.lost"
	PeerSuspect       Code = "peer.suspect"
	PeerLossy         Code = "peer.lossy"
	PeerFlapping      Code = "peer.flapping"
	PeerMTU           Code = "peer.mtu"
	PeerAstray        Code = "peer.astray"
	ChecksumDiffers   Code = "checksum.differs"
	DuplicateID       Code = "id.duplicate"
	ClockJumped       Code = "clock.jumped"
	PortsBusy         Code = "ports.busy"
	FirewallBlocks    Code = "firewall.blocks"
	InterfaceRefused  Code = "interface.refused"
	APIRefused        Code = "api.refused"
	APISetting        Code = "api.setting"
	EndpointUnknown   Code = "clients.endpoint_unknown"
	EndpointPrivate   Code = "clients.endpoint_private"
	PacksOutdated     Code = "clients.outdated"
	ClientUnanswered  Code = "client.unanswered"
	ClientContested   Code = "client.contested"
	RouteRefused      Code = "route.refused"
	RouteForwarding   Code = "route.forwarding_off"
	ControllerDrained Code = "controller.draining"
)

// Condition is what is always true of a warning: the registry's entry.
type Condition struct {
	Code     Code
	Severity Severity
	Title    string
	Meaning  string        // for the handbook: what it says about the mesh
	Remedy   string        // what to do where the warning itself does not name more
	Visible  time.Duration // how long the condition must stand before it is shown
}

// Conditions is the registry, in the order of the handbook.
var Conditions = []Condition{
	{ConfigRefused, Error, "Configuration refused", "The configuration file on disk is not valid. The last good configuration goes on.", "Mend the file at the line named; it is applied as soon as it is valid.", 0},
	{ConfigLastGood, Error, "Running the last good configuration", "The file was not valid when the engine started, so the last good one runs.", "Mend the file at the line named, or restore it.", 0},
	{ConfigReadOnly, Info, "Configuration cannot be written", "The engine may read the configuration file but not change it; console and API edits are refused.", "Give the engine's user write permission on the file and its directory.", 0},
	{LicenseMissing, Info, "No license", "Without a license this controller has no keyset and no peers.", "Generate a keyset (it uses the community license), install a license file, or fetch the keyset of a topology.", 0},
	{LicenseExpired, Warn, "License expired", "Running tunnels go on; new peers and clientpacks are refused.", "Install a license with a later expiry: vns3 license upgrade FILE.", 0},
	{LicenseExceeded, Warn, "License full", "The peering table has rows beyond the license. They are kept but do not run.", "Upgrade the license, or set the rows to \"not set\".", 0},
	{KeysetMissing, Warn, "Waiting for keyset", "Peering is saved, but without keys no tunnel can start.", "Generate the keyset if this is the first controller, else fetch it from one that has it.", 0},
	{FetchClosed, Error, "Keyset fetch is closed", "Too many wrong tokens were tried here; this controller answers no fetch.", "Find out who tried (Events), then: vns3 keyset rearm.", 0},
	{PeeringIncomplete, Warn, "No row says \"this instance\"", "The table has addresses but does not say which controller this one is, so no tunnel starts.", "Choose \"this instance\" in the row that is this controller.", 0},
	{PeeringInvalid, Error, "Peering table does not fit this machine", "A row contradicts this machine or the license.", "Change the row named.", 0},
	{PeerUnresolved, Error, "Name does not resolve", "The DNS name of a peer has no address.", "Correct the name in the row, or the DNS record.", time.Second},
	{PeerPort, Error, "Port closed", "The peer's machine is there, but nothing answers on the UDP port.", "Start vns3 there, or open the port on it.", time.Second},
	{PeerOneWay, Error, "One direction is blocked", "Packets pass one way only.", "Open the UDP port named on the side named.", 2 * time.Second},
	{PeerOtherKeyset, Error, "Another keyset", "The controller there has keys of another topology, or of another generation.", "Compare the topology checksums; on the wrong one remove the keyset and fetch it.", time.Second},
	{PeerWrongID, Error, "Wrong ID", "The controller at this address has another ID than the row.", "Correct the row, or the ID on that controller.", time.Second},
	{PeerMyself, Error, "Address is this controller", "The row's address leads back to this controller.", "Set the row to the other controller's address, or to \"this instance\".", time.Second},
	{PeerNotPeered, Error, "Not peered on the far side", "The controller there has the keyset but no row for this controller.", "On that controller give this controller's row its address.", 2 * time.Second},
	{PeerWantsToPeer, Info, "A controller wants to peer", "A controller with this topology's keyset tries to reach this one, which has no row for it.", "Accept it (vns3 peering accept), or remove this controller's row there.", 0},
	{PeerSameAddress, Error, "Two controllers behind one address", "Two rows lead to one public address; the ports are fixed, so only one of them can be reached.", "Give each controller a public address of its own.", time.Second},
	{PeerClock, Error, "Clock is wrong", "The clocks of the two controllers differ so much that handshakes are refused, or one went back.", "Set the clock right (NTP) on the controller named.", time.Second},
	{PeerVersion, Error, "Versions do not fit", "The controller there speaks another version of the protocol.", "Upgrade the older one.", time.Second},
	{PeerSilent, Error, "No answer", "Nothing comes back from the peer's address.", "Check that vns3 runs there and that UDP is open both ways.", 2 * time.Second},
	{PeerVia, Warn, "Reached through another controller", "The direct link is down; traffic goes round it.", "See the peer's checks for the cause.", 2 * time.Second},
	{PeerLost, Error, "Controller lost", "No link and no path leads to the controller.", "Check that it runs and that its network is up.", 2 * time.Second},
	{PeerSuspect, Warn, "Link is suspect", "The peer fell silent; traffic goes round it until it is heard again.", "None needed if it passes; else see the peer's checks.", 500 * time.Millisecond},
	{PeerLossy, Warn, "Link loses packets", "A share of the heartbeats does not arrive.", "Look for congestion or a bad path between the two controllers.", 5 * time.Second},
	{PeerFlapping, Warn, "Link flaps", "The link went down and up repeatedly; it is held back until it is stable.", "Find out what interrupts the path; it is used again by itself.", 0},
	{PeerMTU, Warn, "Path MTU is small", "The path carries only smaller packets than configured; the tunnel uses what it carries.", "Nothing is lost. Set peer_mtu for this peer to say that you know.", time.Second},
	{PeerAstray, Info, "Row leads nowhere", "The tunnel is up because the peer reaches this controller; the address in its row does not lead to it.", "Correct the row: until then the tunnel cannot be brought up again from here.", time.Second},
	{ChecksumDiffers, Error, "Topology checksum differs", "The controller has the keys but other overlay parameters.", "Fetch the keyset anew on the controller that differs.", time.Second},
	{DuplicateID, Error, "Two controllers with one ID", "Another controller runs with the ID of one in the mesh; the younger stopped.", "Give the clone another ID, or stop it.", 0},
	{ClockJumped, Warn, "Clock jumped", "The wall clock of this machine jumped. Handshakes may be refused until peers have forgotten the old time.", "Run an NTP client that slews instead of stepping.", 0},
	{PortsBusy, Error, "UDP port in use", "A tunnel's UDP port cannot be bound.", "End the program that uses it, or set controller.listen to a free address.", 0},
	{FirewallBlocks, Error, "This host's firewall blocks a port", "A rule of this host's own nftables drops the packets of a tunnel.", "On this host let the UDP port named pass, from the peer named.", 2 * time.Second},
	{InterfaceRefused, Warn, "No kernel interface", "The overlay interface could not be made; the mesh runs, this host itself is not on the overlay.", "Give the engine CAP_NET_ADMIN and a /dev/net/tun that it may open, or set overlay.interface = \"off\".", 0},
	{APIRefused, Error, "API does not listen", "The TCP port of API and keyset fetch cannot be bound.", "End the program that uses it, or set api.listen.", 0},
	{APISetting, Warn, "API setting not in use", "A file that [api] names cannot be used; certificate or password are those from before.", "Mend the file named, then: vns3 config reload.", 0},
	{EndpointUnknown, Warn, "Endpoint for client servers unknown", "No address is known that client servers can reach this controller at.", "Set [clients] endpoint = \"HOST\".", 5 * time.Second},
	{EndpointPrivate, Info, "Endpoint for client servers is private", "Clientpacks name a private address for this controller.", "Set [clients] endpoint if client servers come from outside.", 5 * time.Second},
	{PacksOutdated, Info, "Clientpacks outdated", "Some clientpacks were exported before an endpoint or a route changed.", "Export them again and replace the file on the client servers.", 0},
	{ClientUnanswered, Warn, "Client does not answer its new controller", "After a takeover the client did not answer: its NAT or firewall is closed towards this controller.", "Export its clientpack again (standby peers keep the way open), or run vns3 client there.", 0},
	{ClientContested, Warn, "Client moves to and fro", "Two controllers keep taking the client from each other; moves are frozen for a minute.", "Check whether the same clientpack is in use on two machines.", 0},
	{RouteRefused, Warn, "Route not in use", "A route of this controller cannot be used.", "See the route's reason.", time.Second},
	{RouteForwarding, Warn, "IP forwarding is off", "A route is advertised, so packets for it come here, but this host does not pass them on.", "On this machine: sysctl -w net.ipv4.ip_forward=1, and the same in /etc/sysctl.d to keep it.", time.Second},
	{ControllerDrained, Info, "Draining", "This controller hands clients and transit traffic to the others.", "After maintenance: vns3 drain --undo.", 0},
}

// Describe returns the registry's entry of a code. Every code has one.
func Describe(code Code) Condition {
	i := slices.IndexFunc(Conditions, func(c Condition) bool { return c.Code == code })
	if i < 0 {
		panic("status: no condition " + string(code))
	}
	return Conditions[i]
}

// Finding is a condition that holds now, before its time to visible has passed.
type Finding struct {
	Code   Code
	Peer   int
	Client string
	Text   string // what, here and now
	Remedy string // empty: the registry's
}

// Tracker turns the findings of each moment into warnings: a warning is shown once its condition has
// stood for its time to visible, and keeps the instant at which it began. It is owned by one goroutine.
type Tracker struct {
	since map[trackKey]time.Time
}

type trackKey struct {
	code   Code
	peer   int
	client string
}

// Update replaces the findings and returns the visible warnings, most severe first.
func (t *Tracker) Update(findings []Finding, now time.Time) (visible []Warning) {
	current := make(map[trackKey]time.Time, len(findings))
	for _, f := range findings {
		key := trackKey{f.Code, f.Peer, f.Client}
		if _, twice := current[key]; twice {
			continue
		}
		began, known := t.since[key]
		if !known {
			began = now
		}
		current[key] = began
		c := Describe(f.Code)
		if began.Add(c.Visible).After(now) {
			continue
		}
		visible = append(visible, Warning{
			Code: string(f.Code), Severity: c.Severity, Title: c.Title, Text: f.Text,
			Remedy: cmp.Or(f.Remedy, c.Remedy), Since: began, Peer: f.Peer, Client: f.Client,
		})
	}
	t.since = current
	slices.SortStableFunc(visible, func(a, b Warning) int {
		return cmp.Or(cmp.Compare(b.Severity.rank(), a.Severity.rank()), cmp.Compare(a.Peer, b.Peer), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Client, b.Client))
	})
	return visible
}

// Handbook returns the registry as the troubleshooting chapter of the documents: Markdown, one section
// for each code.
func Handbook() string {
	var b strings.Builder
	for _, c := range Conditions {
		fmt.Fprintf(&b, "### %s\n\n`%s` · %s\n\n%s\n\n**Do:** %s\n\n", c.Title, c.Code, c.Severity, c.Meaning, c.Remedy)
	}
	return b.String()
}
