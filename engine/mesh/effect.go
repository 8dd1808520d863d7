package mesh

// Effect is something that the engine has to do or to know after a call.
type Effect interface{ effect() }

// Send asks for a control packet to be put into the tunnel of a peer.
type Send struct {
	Peer   int
	Packet []byte // payload of IPv4 protocol 253; the engine's to keep
	Urgent bool   // a heartbeat, echo or bad news: ahead of what is not
}

// Initiate asks for ExpireCurrentKeypairs and SendHandshakeInitiation at the peer's device.
type Initiate struct{ Peer int }

// Forget asks for the peer to be removed and added again at its device: it forgets the newest
// handshake timestamp, which refused the peer after its clock went back.
type Forget struct{ Peer int }

// RoutesChanged says that Routes returns a new table.
type RoutesChanged struct{}

// AdvertisedChanged says that Advertised returns something else.
type AdvertisedChanged struct{}

// ClaimChanged says that the claim for a clientpack changed: holder, endpoint, or released.
type ClaimChanged struct{ Index int }

// PackChanged says that the state of a clientpack changed.
type PackChanged struct{ Index int }

// MTUChanged says what the tunnel to a peer carries: bytes of the largest inner packet that passed.
type MTUChanged struct{ Peer, MTU int }

// Adopted says that an older life of this controller was met with a higher incarnation: persist this
// one, so that the next start begins above it.
type Adopted struct{ Incarnation uint64 }

// DuplicateID says that two living controllers use one ID.
type DuplicateID struct {
	ID int
	// Stopped: this controller is the younger of the two. It has fallen silent and stays so.
	Stopped bool
	// ElderSpoke: the packet just received came from the elder, so its endpoint is the one to accept.
	// Only for a peer's ID.
	ElderSpoke bool
}

// Granted is the answer to CheckOut of a clientpack that another controller had to grant.
type Granted struct {
	Index   int
	Verdict CheckOutVerdict // CheckedOut, or why not
}

// Event is something worth telling an administrator.
type Event struct {
	Code EventCode
	Peer int // ID it is about; 0: none
	Text string
}

// EventCode names a kind of event.
type EventCode string

// The events of the mesh.
const (
	LinkUp           EventCode = "link.up"
	LinkSuspect      EventCode = "link.suspect"
	LinkOneWay       EventCode = "link.init"
	LinkDown         EventCode = "link.down"
	ControllerJoined EventCode = "controller.joined" // reachable, directly or through others
	ControllerLost   EventCode = "controller.lost"   // no path
	ControllerSwap   EventCode = "controller.restarted"
	IDShared         EventCode = "controller.id_shared"
	ClaimFrozen      EventCode = "client.frozen"
)

func (Send) effect()              {}
func (Initiate) effect()          {}
func (Forget) effect()            {}
func (RoutesChanged) effect()     {}
func (AdvertisedChanged) effect() {}
func (ClaimChanged) effect()      {}
func (PackChanged) effect()       {}
func (MTUChanged) effect()        {}
func (Adopted) effect()           {}
func (DuplicateID) effect()       {}
func (Granted) effect()           {}
func (Event) effect()             {}
