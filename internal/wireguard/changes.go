package main

// change replaces what a file of the device has exactly once.
type change struct{ file, old, new string }

// changes are all that differs from wireguard-go's own device.
//
// Small buffers: wireguard-go's are 64 kB each, so the packets in them share few sets of the processor's
// cache. They are so large for a bind that puts coalesced datagrams into them, which ours does not.
//
// Fewer hand-offs: a batch passes six goroutines on its way through two devices, most of them so that
// many processors can encrypt and decrypt. Where there are few, the goroutine that has the batch goes on
// with it: that of the socket decrypts and, if there is one peer only, writes to the TUN device; that of
// the TUN device encrypts and sends. Among several peers each keeps its own goroutine for what arrives,
// so that none waits for another. A goroutine of the socket must not wait for the lock of the sockets,
// because who closes them holds it and waits for the goroutine.
var changes = []change{
	{"queueconstants_default.go",
		"MaxSegmentSize             = (1 << 16) - 1 // largest possible UDP datagram\n",
		"MaxSegmentSize             = 9472 // a jumbo frame, and a size class of Go's memory\n"},

	{"device.go",
		"type Device struct {\n",
		`type Device struct {
	OnePeer bool // to be set before Up: there is never more than one peer
	inline  bool // there are so few processors that workers do not pay

`},
	{"device.go",
		"	cpus := runtime.NumCPU()\n",
		"	cpus := runtime.NumCPU()\n	device.inline = cpus <= inlineUpTo\n"},
	{"device.go",
		"func NewDevice(",
		"// inlineUpTo is up to how many processors the workers are not worth their hand-offs.\nconst inlineUpTo = 4\n\nfunc NewDevice("},

	{"receive.go",
		"				peer.queue.inbound.c <- elemsContainer\n				device.queue.decryption.c <- elemsContainer\n",
		`				if device.inline {
					elemsContainer.decrypt()
					if device.OnePeer {
						peer.receive(elemsContainer)
					} else {
						peer.queue.inbound.c <- elemsContainer
					}
				} else {
					peer.queue.inbound.c <- elemsContainer
					device.queue.decryption.c <- elemsContainer
				}
`},
	{"receive.go",
		"func (device *Device) RoutineDecryption(id int) {\n	var nonce [chacha20poly1305.NonceSize]byte\n\n",
		"func (device *Device) RoutineDecryption(id int) {\n"},
	{"receive.go",
		"	for elemsContainer := range device.queue.decryption.c {\n",
		`	for elemsContainer := range device.queue.decryption.c {
		elemsContainer.decrypt()
	}
}

// decrypt decrypts the elements and releases them to the sequential receiver.
func (elemsContainer *QueueInboundElementsContainer) decrypt() {
	var nonce [chacha20poly1305.NonceSize]byte
	{
`},

	{"receive.go",
		"	bufs := make([][]byte, 0, maxBatchSize)\n\n	for elemsContainer := range peer.queue.inbound.c {\n",
		"	for elemsContainer := range peer.queue.inbound.c {\n"},
	{"receive.go",
		"		elemsContainer.Lock()\n		validTailPacket := -1\n",
		`		peer.receive(elemsContainer)
	}
}

// receive takes the elements once they are decrypted, and writes what is in them to the TUN device.
func (peer *Peer) receive(elemsContainer *QueueInboundElementsContainer) {
	peer.receiving.Lock()
	defer peer.receiving.Unlock()
	device := peer.device
	bufs := peer.arriving[:0]
	{
		elemsContainer.Lock()
		validTailPacket := -1
`},
	{"receive.go",
		"		bufs = bufs[:0]\n		device.PutInboundElementsContainer(elemsContainer)\n",
		"		peer.arriving = bufs\n		device.PutInboundElementsContainer(elemsContainer)\n"},
	{"receive.go",
		"				peer.SendStagedPackets()\n",
		"				go peer.SendStagedPackets() // it needs the lock of the sockets\n"},
	{"receive.go",
		"		peer.timers.sentLastMinuteHandshake.Store(true)\n		peer.SendHandshakeInitiation(false)\n",
		"		peer.timers.sentLastMinuteHandshake.Store(true)\n		go peer.SendHandshakeInitiation(false) // it needs the lock of the sockets\n"},

	{"peer.go",
		"type Peer struct {\n",
		`type Peer struct {
	staging   sync.Mutex // what is staged is encrypted and sent in order
	leaving   [][]byte   // what is being sent
	receiving sync.Mutex // what arrives is taken in order
	arriving  [][]byte   // what is being taken

`},
	{"send.go",
		"func (peer *Peer) SendStagedPackets() {\n",
		"func (peer *Peer) SendStagedPackets() {\n\tpeer.staging.Lock()\n\tdefer peer.staging.Unlock()\n"},
	{"send.go",
		"				peer.queue.outbound.c <- elemsContainer\n				peer.device.queue.encryption.c <- elemsContainer\n",
		`				if peer.device.inline {
					peer.device.encrypt(elemsContainer)
					peer.transmit(elemsContainer)
				} else {
					peer.queue.outbound.c <- elemsContainer
					peer.device.queue.encryption.c <- elemsContainer
				}
`},
	{"send.go",
		"func (device *Device) RoutineEncryption(id int) {\n	var paddingZeros [PaddingMultiple]byte\n	var nonce [chacha20poly1305.NonceSize]byte\n\n",
		"func (device *Device) RoutineEncryption(id int) {\n"},
	{"send.go",
		"	for elemsContainer := range device.queue.encryption.c {\n",
		`	for elemsContainer := range device.queue.encryption.c {
		device.encrypt(elemsContainer)
	}
}

// encrypt encrypts the elements and releases them to the sequential sender.
func (device *Device) encrypt(elemsContainer *QueueOutboundElementsContainer) {
	var paddingZeros [PaddingMultiple]byte
	var nonce [chacha20poly1305.NonceSize]byte
	{
`},
	{"send.go",
		"	bufs := make([][]byte, 0, maxBatchSize)\n\n	for elemsContainer := range peer.queue.outbound.c {\n		bufs = bufs[:0]\n",
		"	for elemsContainer := range peer.queue.outbound.c {\n"},
	{"send.go",
		"		dataSent := false\n		elemsContainer.Lock()\n",
		`		peer.transmit(elemsContainer)
	}
}

// transmit sends the elements once they are encrypted.
func (peer *Peer) transmit(elemsContainer *QueueOutboundElementsContainer) {
	device := peer.device
	bufs := peer.leaving[:0]
	{
		dataSent := false
		elemsContainer.Lock()
`},
	{"send.go",
		"			bufs = append(bufs, elem.packet)\n		}\n",
		"			bufs = append(bufs, elem.packet)\n		}\n		peer.leaving = bufs\n"},
	{"send.go",
		"Failed to send data packets: %v\", peer, err)\n			continue\n",
		"Failed to send data packets: %v\", peer, err)\n			return\n"},
}
