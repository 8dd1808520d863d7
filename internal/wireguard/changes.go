package main

// change replaces what a file of the device has exactly once.
type change struct{ file, old, new string }

// changes are all that differs from wireguard-go's own device.
//
// Small buffers: wireguard-go's are 64 kB each, so the packets in them share few sets of the processor's
// cache. They are so large for a bind that puts coalesced datagrams into them, which ours does not.
//
// Fewer hand-offs: the workers that encrypt and decrypt cost two changes of goroutine for each batch.
// Where there are few processors, the goroutine that has the batch does their work.
var changes = []change{
	{"queueconstants_default.go",
		"MaxSegmentSize             = (1 << 16) - 1 // largest possible UDP datagram\n",
		"MaxSegmentSize             = 9472 // a jumbo frame, and a size class of Go's memory\n"},

	{"device.go",
		"type Device struct {\n",
		"type Device struct {\n\tinline bool // no worker encrypts or decrypts\n\n"},
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
					peer.queue.inbound.c <- elemsContainer
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

	{"peer.go",
		"type Peer struct {\n",
		"type Peer struct {\n\tstaging sync.Mutex // what is staged is encrypted in order\n\n"},
	{"send.go",
		"func (peer *Peer) SendStagedPackets() {\n",
		"func (peer *Peer) SendStagedPackets() {\n\tpeer.staging.Lock()\n\tdefer peer.staging.Unlock()\n"},
	{"send.go",
		"				peer.queue.outbound.c <- elemsContainer\n				peer.device.queue.encryption.c <- elemsContainer\n",
		`				if peer.device.inline {
					peer.device.encrypt(elemsContainer)
					peer.queue.outbound.c <- elemsContainer
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
}
