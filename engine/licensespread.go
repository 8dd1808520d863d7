package engine

import (
	"sync/atomic"
	"time"

	"vns3/engine/license"
	"vns3/engine/license/spread"
	"vns3/status"
)

// offerEvery is how often a peer is told which license is in use here.
const offerEvery = 15 * time.Second

// licenseSpread carries an upgraded license through the mesh.
type licenseSpread struct {
	mine     atomic.Pointer[spread.Mine] // set by the desk
	spreader spread.Spreader             // the loop's
	take     func(text string)           // must not wait
}

// setMine says which license is in use here.
func (l *licenseSpread) setMine(s license.State) {
	l.mine.Store(&spread.Mine{Text: s.License.Text, Controllers: s.License.Controllers, Clientpacks: s.License.Clientpacks})
}

// offer is the packet that tells a peer; nil: nothing to tell.
func (l *licenseSpread) offer() []byte {
	if mine := l.mine.Load(); mine != nil {
		return spread.Offer(*mine)
	}
	return nil
}

// receive takes a packet about a license from a peer.
func (s *session) receiveLicense(p controlPacket) {
	mine := s.license.mine.Load()
	if mine == nil {
		return
	}
	answers, text, err := s.license.spreader.Receive(p.payload, *mine)
	if err != nil {
		return // as good as lost
	}
	for _, a := range answers {
		s.fabric.SendControl(p.peer, a)
	}
	if text != "" {
		s.license.take(text)
	}
}

// takeLicense puts a license that came through the mesh before the desk. The store takes it only if
// its signer is trusted and it takes nothing away.
func (e *Engine) takeLicense(text string) {
	go func() {
		err := e.desk.do(e.taskContext(), func() error {
			if e.license.State().License.Text == text {
				return nil
			}
			if _, err := e.license.Upgrade(text, time.Now()); err != nil {
				return err
			}
			e.tookLicense("license.upgraded", "an upgraded license came through the mesh")
			return nil
		})
		if err != nil && e.taskContext().Err() == nil {
			e.events.add(status.Event{Code: "license.refused", Severity: status.Warn, Text: "a license that another controller uses was not taken: " + err.Error()})
		}
	}()
}
