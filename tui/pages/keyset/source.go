package keyset

import (
	"errors"
	"net/netip"
	"strconv"
	"strings"

	"vns3/peering"
)

// source is the address to fetch from as the controller takes it.
func source(text string) string { return strings.TrimSpace(text) }

// checkSource refuses what cannot be HOST or HOST:PORT, with the reason.
func checkSource(text string) error {
	text = source(text)
	if text == "" {
		return errors.New("give the address of a controller that has the keys")
	}
	if strings.Contains(text, "/") {
		_, err := peering.ParseAddress(text)
		return err
	}
	host := text
	if ap, err := netip.ParseAddrPort(text); err == nil && ap.Port() != 0 {
		host = ap.Addr().String()
	} else if name, port, found := strings.Cut(text, ":"); found && !strings.Contains(port, ":") {
		if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
			return errors.New("the port must be 1 to 65535; without one it is 8000")
		}
		host = name
	}
	_, err := peering.ParseAddress(host)
	return err
}

// checkProof accepts any token: whether it is right only the source knows.
func checkProof(token string) error {
	if token == "" {
		return errors.New("the token that the keys were generated with")
	}
	return nil
}
