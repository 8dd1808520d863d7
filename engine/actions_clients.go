package engine

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"vns3/control"
	"vns3/engine/clients"
	"vns3/engine/mesh"
	"vns3/status"
)

// grantWait is how long another controller has to grant a clientpack.
const grantWait = 4 * time.Second

// serving returns the session; an error says why no clientpack can be served.
func (e *Engine) serving() (*session, error) {
	h := e.now.Load()
	switch {
	case h.session != nil:
		return h.session, nil
	case h.keys == nil:
		return nil, &control.Error{Kind: control.NoKeyset, What: "clientpacks", Reason: "this controller has no keyset", Remedy: "generate one, or fetch it"}
	case h.self() == 0:
		return nil, &control.Error{Kind: control.NotAllowed, What: "clientpacks", Reason: "this controller has no ID yet", Remedy: `save the row that is "this instance" (vns3 peering set)`}
	default:
		return nil, &control.Error{Kind: control.NotAllowed, What: "clientpacks", Reason: "the mesh does not run", Remedy: "see vns3 check"}
	}
}

// inLoop runs work in the loop and keeps on disk what it changed of clientpacks.
func (s *session) inLoop(work func(now time.Time) error) (err error) {
	if !s.do(func(now time.Time) { err = work(now) }) {
		return &control.Error{Kind: control.Disconnected, What: "clientpacks", Reason: "the mesh is being restarted", Remedy: "try again"}
	}
	if err != nil {
		return err
	}
	return s.packs.flush()
}

// pack finds a clientpack by name.
func (s *session) pack(name string) (int, error) {
	if index, ok := clients.Find(s.parameters, name); ok {
		return index, nil
	}
	return 0, &control.Error{Kind: control.NotFound, What: "clientpack " + name, Reason: "there is no such clientpack", Remedy: "see vns3 clientpack list"}
}

// packsNamed is one clientpack, or all.
func (s *session) packsNamed(name string, all bool) ([]int, error) {
	if all {
		indices := make([]int, len(s.parameters.Clients))
		for i := range indices {
			indices[i] = i
		}
		return indices, nil
	}
	index, err := s.pack(name)
	return []int{index}, err
}

// setPack changes the state of clientpacks.
func (e *Engine) setPack(ctx context.Context, q control.PackSet) error {
	s, err := e.serving()
	if err != nil {
		return err
	}
	indices, err := s.packsNamed(q.Name, q.All)
	if err != nil {
		return err
	}
	checkOut := q.CheckedOut != nil && *q.CheckedOut && !q.All
	if checkOut {
		q.CheckedOut = nil // after the rest: a pack may be enabled and checked out with one call
	}
	if err := s.changePacks(indices, q); err != nil || !checkOut {
		return err
	}
	return s.checkOut(ctx, indices[0])
}

// changePacks changes what needs no other controller's consent.
func (s *session) changePacks(indices []int, q control.PackSet) error {
	var switched []int // on or off
	defer func() {
		if q.Enabled != nil && *q.Enabled {
			s.tellPacks("clientpack.enabled", switched, "was enabled", "were enabled")
		} else {
			s.tellPacks("clientpack.disabled", switched, "was disabled", "were disabled")
		}
	}()
	return s.inLoop(func(now time.Time) error {
		for _, index := range indices {
			old := s.core.Pack(index)
			change := mesh.PackChange{Enabled: differing(q.Enabled, old.Enabled), CheckedOut: differing(q.CheckedOut, old.CheckedOut)}
			if q.Tags != nil {
				change.Tags = tagged(old.Tags, q.Tags)
			}
			if change.Enabled == nil && change.CheckedOut == nil && change.Tags == nil {
				continue
			}
			if err := s.core.SetPack(index, change, now); err != nil {
				return &control.Error{Kind: control.Invalid, What: "clientpack " + clients.Name(s.parameters.Clients[index]), Reason: err.Error()}
			}
			if change.Enabled != nil {
				switched = append(switched, index)
			}
		}
		return nil
	})
}

// tellPacks is one event about clientpacks, however many they are; none about no clientpack.
func (s *session) tellPacks(code string, indices []int, one, many string) {
	switch len(indices) {
	case 0:
	case 1:
		name := clients.Name(s.parameters.Clients[indices[0]])
		s.events(status.Event{Code: code, Client: name, Text: "clientpack " + name + " " + one})
	default:
		s.events(status.Event{Code: code, Text: some(len(indices), "clientpack", one, many)})
	}
}

// differing is a wish that is not fulfilled already.
func differing(want *bool, have bool) *bool {
	if want == nil || *want == have {
		return nil
	}
	return want
}

// tagged are tags after a change in which empty values remove.
func tagged(tags, change map[string]string) map[string]string {
	merged := maps.Clone(tags)
	if merged == nil {
		merged = map[string]string{}
	}
	maps.Copy(merged, change)
	maps.DeleteFunc(merged, func(_, value string) bool { return value == "" })
	return merged
}

// checkOut marks a clientpack as handed out; one that is already is fine.
func (s *session) checkOut(ctx context.Context, index int) error {
	switch verdict, err := s.askCheckOut(ctx, index); {
	case err != nil:
		return err
	case verdict == mesh.CheckedOut || verdict == mesh.AlreadyOut:
		return s.packs.flush()
	default:
		return &control.Error{Kind: control.NotAllowed, What: "clientpack " + clients.Name(s.parameters.Clients[index]), Reason: verdict.Text(), Remedy: verdict.Remedy()}
	}
}

// askCheckOut asks the mesh for a clientpack, and waits where another controller has to grant it.
func (s *session) askCheckOut(ctx context.Context, index int) (verdict mesh.CheckOutVerdict, err error) {
	granted := make(chan mesh.CheckOutVerdict, 1)
	err = s.inLoop(func(now time.Time) error {
		if verdict = s.core.CheckOut(index, now); verdict == mesh.Asked {
			s.clients.waiting[index] = granted
		}
		return nil
	})
	if err != nil || verdict != mesh.Asked {
		return verdict, err
	}
	ctx, cancel := context.WithTimeout(ctx, grantWait)
	defer cancel()
	select {
	case verdict = <-granted:
		return verdict, nil
	case <-ctx.Done():
		return mesh.NoAnswer, nil
	}
}

// nextPack hands out a clientpack that is not handed out: of this controller's own share first, which
// needs nobody's consent.
func (e *Engine) nextPack(ctx context.Context, q control.PackNext) (control.PackHandedOut, error) {
	s, err := e.serving()
	if err != nil {
		return control.PackHandedOut{}, err
	}
	if err := mesh.CheckTags(q.Tags); err != nil { // before a clientpack is handed out that could not get them
		return control.PackHandedOut{}, &control.Error{Kind: control.Invalid, What: "clientpack next", Reason: err.Error()}
	}
	var own, others []int
	err = s.inLoop(func(time.Time) error {
		own, others = s.free(q)
		return nil
	})
	if err != nil {
		return control.PackHandedOut{}, err
	}
	refusal, remedy := "all clientpacks are handed out", "check one in, or upgrade the license"
	for _, index := range append(own, others...) {
		verdict, err := s.askCheckOut(ctx, index)
		switch {
		case err != nil:
			return control.PackHandedOut{}, err
		case verdict == mesh.CheckedOut:
			return e.handOut(s, index, q.Tags)
		case verdict == mesh.AlreadyOut:
			continue
		}
		refusal, remedy = verdict.Text(), verdict.Remedy()
		if verdict == mesh.PeersMissing || verdict == mesh.NoAnswer {
			break
		}
	}
	return control.PackHandedOut{}, &control.Error{Kind: control.NotAllowed, What: "clientpacks", Reason: refusal, Remedy: remedy}
}

// handOut completes a check-out.
func (e *Engine) handOut(s *session, index int, tags map[string]string) (control.PackHandedOut, error) {
	name := clients.Name(s.parameters.Clients[index])
	err := s.inLoop(func(now time.Time) error {
		if len(tags) == 0 {
			return nil
		}
		return s.core.SetPack(index, mesh.PackChange{Tags: tagged(s.core.Pack(index).Tags, tags)}, now)
	})
	e.events.add(status.Event{Code: "clientpack.handed_out", Client: name, Text: "clientpack " + name + " was handed out"})
	return control.PackHandedOut{Name: name}, err
}

// free are the clientpacks that may be handed out, of this controller's share and of others'. It runs in
// the loop.
func (s *session) free(q control.PackNext) (own, others []int) {
	for index, addr := range s.parameters.Clients {
		pack := s.core.Pack(index)
		_, used := s.core.ClaimOf(index)
		switch {
		case used, pack.CheckedOut, !pack.Enabled && !q.IncludeDisabled:
		case q.Low.IsValid() && addr.Less(q.Low), q.High.IsValid() && q.High.Less(addr):
		case s.core.Share(index) == s.self:
			own = append(own, index)
		default:
			others = append(others, index)
		}
	}
	return own, others
}

// regenerate gives clientpacks new keys. The old ones stop working wherever the mesh reaches.
func (e *Engine) regenerate(q control.PackRegenerate) (control.TaskStarted, error) {
	s, err := e.serving()
	if err != nil {
		return control.TaskStarted{}, err
	}
	indices, err := s.packsNamed(q.Name, q.All)
	if err != nil {
		return control.TaskStarted{}, err
	}
	title := "Regenerate clientpack " + q.Name
	if q.All {
		title = "Regenerate all clientpacks"
	}
	plan := taskPlan{name: q.Action(), title: title, steps: []string{"new key", "tell the mesh"}}
	return e.tasks.start(*e.context.Load(), plan, func(_ context.Context, p *progress) (string, error) {
		p.step("new key")
		for _, index := range indices {
			s.clients.roster.set(index, 0) // known before it changes, whatever else is being derived
		}
		p.step("tell the mesh")
		var made int
		err := s.inLoop(func(now time.Time) error {
			for _, index := range indices {
				if err := s.core.SetPack(index, mesh.PackChange{Regenerate: true}, now); err != nil {
					return err
				}
				made++
			}
			return nil
		})
		const one, many = "has a new key: export it again", "have new keys: export them again"
		s.tellPacks("clientpack.regenerated", indices[:made], one, many)
		return some(made, "clientpack", one, many), err
	})
}

// addPacks: the addresses of all clientpacks that a license allows are laid out when it is installed.
func (e *Engine) addPacks() error {
	if _, err := e.serving(); err != nil {
		return err
	}
	return &control.Error{
		Kind: control.NotAllowed, What: "clientpacks", Reason: "Not enough room in license for more clientpacks.",
		Remedy: "an upgraded license adds its clientpacks by itself: vns3 license upgrade FILE",
	}
}

// disconnect ends sessions of client servers, wherever they are.
func (e *Engine) disconnect(q control.ClientDisconnect) error {
	s, err := e.serving()
	if err != nil {
		return err
	}
	indices, err := s.packsNamed(q.Name, q.All)
	if err != nil {
		return err
	}
	return s.inLoop(func(now time.Time) error {
		for _, index := range indices {
			if s.core.Holder(index) != 0 {
				s.clients.core.Disconnect(index, now)
			}
		}
		return nil
	})
}

// exportPack makes the file of a clientpack, and remembers what it says.
func (e *Engine) exportPack(ctx context.Context, q control.PackExport) (control.PackFile, error) {
	s, err := e.serving()
	if err != nil {
		return control.PackFile{}, err
	}
	index, err := s.pack(q.Name)
	if err != nil {
		return control.PackFile{}, err
	}
	name := clients.Name(s.parameters.Clients[index])
	refuse := func(reason, remedy string) (control.PackFile, error) {
		return control.PackFile{}, &control.Error{Kind: control.NotAllowed, What: "clientpack " + name, Reason: reason, Remedy: remedy}
	}
	h := e.now.Load()
	var outline clients.Outline
	var directory packDirectory
	err = s.inLoop(func(now time.Time) error {
		directory = newPackDirectory(h, s.core.View(now), s.core.Advertised())
		outline = directory.outline(s.core.Pack(index))
		return nil
	})
	switch {
	case err != nil:
		return control.PackFile{}, err
	case len(outline.Places) == 0:
		return refuse("no controller is there that it could name", "see vns3 check")
	case outline.Places[0].Endpoint == "":
		return refuse(fmt.Sprintf("the address at which client servers reach controller %d is not known", outline.Places[0].Controller),
			`set [clients] endpoint = "HOST" on that controller, or peer it: its peers tell it its address`)
	}
	profile := clients.Profile{
		Name: name, Topology: h.topologyName(), Address: s.parameters.Clients[index],
		Private: s.keys.Pack(index, outline.Epoch).Private, Preshared: s.keys.PackPSK(index, outline.Epoch),
		Facing: s.keys.ClientFacing().Public, Controller: outline.Places[0].Controller, Endpoint: outline.Places[0].Endpoint,
		Allowed: outline.Allowed, Others: directory.places, VIP: s.parameters.VIP,
	}
	for _, place := range outline.Places[1:] {
		if at, ok := resolveEndpoint(ctx, place.Endpoint); ok {
			profile.Standbys = append(profile.Standbys, clients.Standby{Controller: place.Controller, Key: s.keys.Standby(place.Controller).Public, Endpoint: at})
		}
	}
	file, err := clients.Export(clients.Format(q.Format), fileBase(name), profile.Text(), s.keys.CreatedAt)
	if err != nil {
		return control.PackFile{}, &control.Error{Kind: control.Invalid, What: "clientpack " + name, Reason: err.Error()}
	}
	made := control.PackFile{Filename: file.Name, Type: file.Type, Data: file.Data}
	if q.Preview {
		return made, nil
	}
	digest := outline.Digest()
	err = s.inLoop(func(now time.Time) error {
		if s.core.Pack(index).Exported == digest {
			return nil
		}
		return s.core.SetPack(index, mesh.PackChange{Exported: &digest}, now)
	})
	return made, err
}

// fileBase is the name of a clientpack's file without its extension: wg-quick names the interface after
// it, in at most 15 characters.
func fileBase(name string) string {
	parts := strings.Split(name, "_")
	return "vns3-" + strings.Join(parts[max(len(parts)-2, 0):], "_")
}
