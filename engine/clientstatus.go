package engine

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"time"

	"vns3/engine/clients"
	"vns3/engine/mesh"
	"vns3/status"
)

// clientView is what the session knows of client servers at one instant.
type clientView struct {
	claims  []mesh.Claim
	packs   []mesh.Pack
	frozen  map[int]time.Time // until when a client that moves to and fro stays
	portErr error             // why UDP 1194 is not bound

	directory *packDirectory // what exported packs would say now; nil: not made yet
	outdated  map[int]bool   // packs that say something else
}

// viewClients runs in the loop.
func (s *session) viewClients(now time.Time) clientView {
	v := clientView{claims: slices.Collect(s.core.Claims()), packs: slices.Collect(s.core.Packs()), frozen: map[int]time.Time{}}
	for i, c := range v.claims {
		v.claims[i] = s.clients.core.Latest(c)
		if until := s.core.FrozenUntil(c.Index, now); !until.IsZero() {
			v.frozen[c.Index] = until
		}
	}
	if err := s.clients.portErr.Load(); err != nil {
		v.portErr = *err
	}
	return v
}

// clientsStatus are all clientpacks that were ever handed out, touched or connected.
func (v *sessionView) clientsStatus(h *holdings) []status.Client {
	claims := map[int]mesh.Claim{}
	for _, c := range v.clients.claims {
		claims[c.Index] = c
	}
	packs := map[int]mesh.Pack{}
	for _, p := range v.clients.packs {
		packs[p.Index] = p
	}
	directory, outdated := v.exports(h)
	var all []status.Client
	for index, address := range h.license.Parameters.Clients {
		claim, claimed := claims[index]
		pack, touched := packs[index]
		if !claimed && !touched {
			continue
		}
		if !touched {
			pack = mesh.Pack{Index: index, Enabled: true}
		}
		c := status.Client{
			Name: clients.Name(address), Index: index, OverlayAddress: address.String(),
			Enabled: pack.Enabled, CheckedOut: pack.CheckedOut, Tags: pack.Tags,
			Assigned: clients.Assigned(index, directory.licensed, directory.there), Outdated: outdated[index],
		}
		if claimed {
			v.fillClient(&c, claim)
		}
		c.Reason = v.clientReason(pack, claim, claimed)
		all = append(all, c)
	}
	return all
}

// fillClient adds what its holder tells.
func (v *sessionView) fillClient(c *status.Client, claim mesh.Claim) {
	c.LastHandshake, c.TxBytes, c.RxBytes, c.Since = claim.LastHandshake, claim.TxBytes, claim.RxBytes, claim.Since
	if claim.Endpoint.IsValid() {
		c.Endpoint = claim.Endpoint.String()
	}
	if !claim.Released {
		c.ControllerID, c.Connected = claim.Holder, v.reaches(claim.Holder) && !claim.LastHandshake.IsZero()
	}
}

// reaches reports whether a controller is there.
func (v *sessionView) reaches(id int) bool { return id == v.Self || v.Routes[id].NextHop != 0 }

// clientReason is why a client is not connected, in words; empty: it is.
func (v *sessionView) clientReason(pack mesh.Pack, claim mesh.Claim, claimed bool) string {
	switch {
	case !pack.Enabled:
		return "disabled"
	case !claimed:
		return "never connected"
	case claim.Released:
		return "disconnected"
	case !v.reaches(claim.Holder):
		return fmt.Sprintf("its controller %d is lost", claim.Holder)
	case clients.Unanswered(claim, v.at):
		return fmt.Sprintf("it does not answer controller %d", claim.Holder)
	case claim.LastHandshake.IsZero():
		return fmt.Sprintf("controller %d shakes hands with it", claim.Holder)
	default:
		return ""
	}
}

// clientFindings are what is wrong with client servers.
func (v *sessionView) clientFindings(h *holdings) (all []status.Finding) {
	if v.clients.portErr != nil {
		all = append(all, status.Finding{Code: status.PortsBusy, Text: v.clients.portErr.Error()})
	}
	for _, claim := range v.clients.claims {
		if claim.Index >= len(h.license.Parameters.Clients) {
			continue
		}
		name := clients.Name(h.license.Parameters.Clients[claim.Index])
		if clients.Unanswered(claim, v.at) && v.reaches(claim.Holder) {
			all = append(all, status.Finding{
				Code: status.ClientUnanswered, Client: name,
				Text: fmt.Sprintf("client %s does not answer controller %d, which took it over: its NAT or firewall is closed, or it is off", name, claim.Holder),
			})
		}
		if until, frozen := v.clients.frozen[claim.Index]; frozen {
			all = append(all, status.Finding{
				Code: status.ClientContested, Client: name,
				Text: fmt.Sprintf("client %s moved to and fro and stays at controller %d until %s", name, claim.Holder, until.Format(time.TimeOnly)),
			})
		}
	}
	if finding, found := v.endpointFinding(h); found {
		all = append(all, finding)
	}
	if finding, found := v.outdatedFinding(h); found {
		all = append(all, finding)
	}
	return all
}

// endpointFinding is what is wrong with the address that clientpacks name for this controller, once there
// are any.
func (v *sessionView) endpointFinding(h *holdings) (status.Finding, bool) {
	record, known := v.record(v.Self)
	if !known || len(v.clients.packs) == 0 {
		return status.Finding{}, false
	}
	if record.ClientEndpoint == "" {
		return status.Finding{Code: status.EndpointUnknown, Text: "client servers cannot be told where this controller is: no peer has seen it yet"}, true
	}
	at, err := netip.ParseAddrPort(record.ClientEndpoint)
	if h.config.Clients.Endpoint == "" && err == nil && privacy(at.Addr()) > 0 {
		return status.Finding{Code: status.EndpointPrivate, Text: fmt.Sprintf("clientpacks name the private address %v for this controller", at)}, true
	}
	return status.Finding{}, false
}

// exports compares what was exported with what would be exported now.
func (v *sessionView) exports(h *holdings) (*packDirectory, map[int]bool) {
	if v.clients.directory == nil {
		d := newPackDirectory(h, v.View, v.advertised)
		v.clients.directory, v.clients.outdated = &d, map[int]bool{}
		for _, p := range v.clients.packs {
			if p.Exported != 0 && p.Index < len(h.license.Parameters.Clients) && d.outline(p).Digest() != p.Exported {
				v.clients.outdated[p.Index] = true
			}
		}
	}
	return v.clients.directory, v.clients.outdated
}

// outdatedNamed is how many outdated clientpacks a warning names.
const outdatedNamed = 5

// outdatedFinding names the clientpacks that were exported before something changed.
func (v *sessionView) outdatedFinding(h *holdings) (status.Finding, bool) {
	_, outdated := v.exports(h)
	if len(outdated) == 0 {
		return status.Finding{}, false
	}
	var names []string
	for _, index := range slices.Sorted(maps.Keys(outdated)) {
		if len(names) == outdatedNamed {
			names = append(names, "…")
			break
		}
		names = append(names, clients.Name(h.license.Parameters.Clients[index]))
	}
	return status.Finding{Code: status.PacksOutdated, Text: some(len(outdated), "clientpack", "was", "were") +
		" exported before an endpoint, a route, a controller or a key changed: " + strings.Join(names, ", ")}, true
}
