package link

// Effect is something to do or to know after a call.
type Effect interface{ effect() }

// Send asks for a control packet to be put into the tunnel.
type Send struct {
	Packet []byte
	Urgent bool // ahead of what is not
}

// Initiate asks for ExpireCurrentKeypairs and SendHandshakeInitiation.
type Initiate struct{}

// Forget asks for the peer to be removed and added again at its device, which forgets the newest
// handshake timestamp.
type Forget struct{}

// Changed says that the state changed.
type Changed struct {
	From, To State
	Reason   Reason
}

// CostChanged says that the cost changed while the state did not: RTT, loss class, a hold that ended.
type CostChanged struct{}

// NewProcess says that the peer's process is another one than before.
type NewProcess struct{ First bool }

// Shared says that two controllers use the peer's ID, or this controller's.
type Shared struct {
	Own        bool // this controller's ID
	Stop       bool // own only: this is the younger of the two and has to fall silent
	ElderSpoke bool // peer's only: the packet just received came from the elder
}

// MTUChanged says what the tunnel carries: bytes of the largest inner packet that passed.
type MTUChanged struct{ MTU int }

func (Send) effect()        {}
func (Initiate) effect()    {}
func (Forget) effect()      {}
func (Changed) effect()     {}
func (CostChanged) effect() {}
func (NewProcess) effect()  {}
func (Shared) effect()      {}
func (MTUChanged) effect()  {}
