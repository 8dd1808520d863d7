package engine

import (
	"strings"

	"vns3/engine/mesh"
	"vns3/status"
)

// packName is the name of a clientpack: its overlay address with underscores.
func packName(address string) string { return strings.ReplaceAll(address, ".", "_") }

// clientsStatus are all clientpacks that were ever handed out, touched or connected.
func (e *Engine) clientsStatus(h *holdings, v *sessionView) []status.Client {
	claims := map[int]mesh.Claim{}
	for _, c := range v.claims {
		claims[c.Index] = c
	}
	packs := map[int]mesh.Pack{}
	for _, p := range v.packs {
		packs[p.Index] = p
	}
	var all []status.Client
	for index, address := range h.license.Parameters.Clients {
		claim, claimed := claims[index]
		pack, touched := packs[index]
		if !claimed && !touched {
			continue
		}
		c := status.Client{
			Name: packName(address.String()), Index: index, OverlayAddress: address.String(),
			Enabled: !touched || pack.Enabled, CheckedOut: pack.CheckedOut, Tags: pack.Tags,
		}
		if claimed {
			c.LastHandshake, c.TxBytes, c.RxBytes = claim.LastHandshake, claim.TxBytes, claim.RxBytes
			if claim.Endpoint.IsValid() {
				c.Endpoint = claim.Endpoint.String()
			}
			if !claim.Released {
				c.ControllerID, c.Connected, c.Since = claim.Holder, true, claim.Since
			}
		}
		all = append(all, c)
	}
	return all
}
