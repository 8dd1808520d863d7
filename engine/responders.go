package engine

import (
	"vns3/engine/tunnel"
)

// responders answer outer probes on the UDP ports of the rows that have no tunnel. Without them a
// controller that lists this one, but is not listed here, would see a closed port.
type responders struct {
	byID [maxID + 1]*tunnel.Responder
}

// open answers for a row. A port in use is none of the mesh's business while the row has no tunnel.
func (r *responders) open(s *session, id int) {
	if r.byID[id] != nil {
		return
	}
	if responder, err := s.prober.OpenResponder(s.listen, tunnel.LinkPort(id)); err == nil {
		r.byID[id] = responder
	}
}

func (r *responders) close(id int) {
	if r.byID[id] != nil {
		r.byID[id].Close()
		r.byID[id] = nil
	}
}

func (r *responders) closeAll() {
	for id := range r.byID {
		r.close(id)
	}
}
