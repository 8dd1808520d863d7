package demo

import (
	"fmt"
	"io"
	"net"
	"net/netip"

	"vns3/control"
	"vns3/engine/tunnel"
)

// apiPort is that of the API, TCP.
const apiPort = 8000

// checkPorts says early, and in words, that an address or a port of a controller is taken: the engine
// would go on and try again, which is of no use here.
func checkPorts(id int, addr netip.Addr) error {
	for peer := 1; peer <= 9; peer++ {
		if peer == id {
			continue
		}
		if err := tryPort("UDP", addr, tunnel.LinkPort(peer)); err != nil {
			return err
		}
	}
	if err := tryPort("UDP", addr, tunnel.ClientPort); err != nil {
		return err
	}
	return tryPort("TCP", addr, apiPort)
}

// tryPort opens a port and closes it again.
func tryPort(network string, addr netip.Addr, port uint16) (err error) {
	at := netip.AddrPortFrom(addr, port)
	var opened io.Closer
	if network == "TCP" {
		opened, err = net.ListenTCP("tcp4", net.TCPAddrFromAddrPort(at))
	} else {
		opened, err = net.ListenUDP("udp4", net.UDPAddrFromAddrPort(at))
	}
	if err == nil {
		return opened.Close()
	}
	return &control.Error{
		Kind: control.NotAllowed, What: fmt.Sprintf("%s %v", network, at), Reason: fmt.Sprintf("the demonstration cannot listen there: %v", err),
		Remedy: fmt.Sprintf("end what holds the port, such as another demonstration or a controller without an address of its own (ss -Hlpn sport = :%d); if it is not an address of this machine, give it to the loopback interface", port),
	}
}
