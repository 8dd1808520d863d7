package tui

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"sync/atomic"
	"time"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
	"vns3/status/statustest"
	"vns3/tui/page"
	"vns3/tui/pages/demo"
	"vns3/tui/theme"
	"vns3/tui/tuitest"
)

// world is the controllers that a monkey plays with: they answer anything, late or never, and show
// snapshots that no engine makes.
type world struct {
	rand     *rand.Rand
	backend  *tuitest.Backend
	mood     atomic.Uint32 // how requests are answered now
	commands []string      // of the palette; what is behind a bar are keys to press then
}

func newWorld(r *rand.Rand) *world {
	w := &world{rand: r}
	for _, a := range control.Actions() {
		w.commands = append(w.commands, a.Name)
	}
	for _, id := range page.All() {
		w.commands = append(w.commands, strings.ToLower(id.Title()))
	}
	w.commands = append(w.commands, "switch to #2", "switch back", "copy checksum", "ascii")
	for range 3 { // what is only seldom possible
		w.commands = append(w.commands, "controller peering|down c", "access password|enter enter", "license parameters")
	}
	r.Shuffle(len(w.commands), func(i, j int) { w.commands[i], w.commands[j] = w.commands[j], w.commands[i] })
	w.backend = w.controller()
	return w
}

// controller is one that answers.
func (w *world) controller() *tuitest.Backend {
	b := tuitest.NewBackend(w.snapshot())
	if w.rand.IntN(4) == 0 {
		b = tuitest.NewBackend(nil)
	}
	b.SetEvents(statustest.Events(w.rand.IntN(1200)))
	for _, a := range control.Actions() {
		b.On(a.Name, w.answer)
	}
	return b
}

// options open a console on the first controller.
func (w *world) options() Options {
	o := Options{
		Backend: w.backend, Theme: pick(w.rand, theme.Names()), ASCII: w.rand.IntN(4) == 0,
		Origin: page.Origin{File: "/etc/vns3/vns3.toml", Engine: "attached"},
		Pages:  Pages{page.Demo: func(c *page.Context) page.Page { return demo.New(c, toy{}) }},
		Switch: w.open,
	}
	switch w.rand.IntN(4) {
	case 0:
		o.ReadOnly = "started with --read-only"
	case 1:
		o.Owner = keeper{}
	}
	return o
}

// open opens another controller after a while, if it lets anybody in.
func (w *world) open(_ context.Context, to Another) (Opened, error) {
	time.Sleep(3 * time.Second)
	switch w.mood.Load() % 3 {
	case 0:
		return Opened{}, errors.New("it does not answer")
	case 1:
		if to.Password == "" {
			return Opened{}, &control.Error{Kind: control.Unauthorized, Reason: "who are you"}
		}
	}
	return Opened{Backend: tuitest.NewBackend(statustest.Nine()), Host: to.Hosts[0], Note: "a note"}, nil
}

// answer is the reply to a request: an error, nothing yet, an empty reply or a full one.
func (w *world) answer(r control.Request) (any, error) {
	mood := w.mood.Load()
	if mood&1 != 0 {
		time.Sleep(time.Duration(mood%7) * time.Second)
	}
	switch mood >> 1 & 3 {
	case 0:
		return nil, &control.Error{Kind: control.Conflict, What: r.Action(), Reason: "somebody else was faster", Remedy: "look, and try again"}
	case 1:
		return control.DecodeReply(r.Action(), []byte("{}"))
	}
	switch r.(type) {
	case control.KeysetGenerate, control.KeysetFetch, control.KeysetChangeToken, control.Drain, control.Rebalance, control.Takeover, control.PackRegenerate:
		return control.TaskStarted{Task: 7}, nil
	case control.LicenseInstall, control.LicenseShow, control.LicenseParameters:
		s := statustest.Three()
		return control.LicenseShown{License: s.Controller.License, Text: strings.Repeat("license\n", 90), Parameters: *s.Controller.Overlay}, nil
	case control.PackExport:
		return control.PackFile{Filename: "vns3.conf", Data: []byte(strings.Repeat(strings.Repeat("▀", 30)+"\n", 15))}, nil
	case control.PackNext:
		return control.PackHandedOut{Name: "100_127_255_193"}, nil
	case control.AccessPassword:
		return control.AccessPasswordSet{Password: strings.Repeat("word", 40)}, nil
	case control.AccessTokenCreate:
		return control.AccessToken{ID: 3, Name: "a", Token: strings.Repeat("token", 30)}, nil
	case control.AccessTokens:
		return control.AccessTokenList{Tokens: make([]control.AccessToken, mood%9)}, nil
	case control.PeeringCheck, control.Check:
		checks := statustest.Degraded().Peers[2].Checks
		report := control.Report{}
		for _, c := range checks[:int(mood)%len(checks)] {
			report.Findings = append(report.Findings, control.Finding{Subject: "peer 3", Check: c})
		}
		return report, nil
	}
	return control.DecodeReply(r.Action(), []byte("{}"))
}

// turn changes the world, and says how.
func (w *world) turn() string {
	switch w.rand.IntN(8) {
	case 0:
		w.backend.Disconnect()
		return "the controller does not answer"
	case 1, 2, 3:
		w.mood.Store(w.rand.Uint32N(64))
		return "the controller answers otherwise"
	case 4:
		w.backend.SetEvents(statustest.Events(w.rand.IntN(1200)))
		return "other events"
	}
	w.backend.Publish(w.snapshot())
	return "another snapshot"
}

// snapshot is one of those of the tests, mostly with something odd about it.
func (w *world) snapshot() *status.Snapshot {
	make := pick(w.rand, []func() *status.Snapshot{
		statustest.Three, statustest.Single, statustest.Nine, statustest.Degraded, statustest.OneWay, statustest.OtherKeyset,
		statustest.Unlicensed, statustest.NoKeyset, statustest.Routed, statustest.Draining,
	})
	s := make()
	s.EventSeq = uint64(w.rand.IntN(1200))
	for range w.rand.IntN(4) {
		pick(w.rand, oddities)(w.rand, s)
	}
	return s
}

var oddities = []func(*rand.Rand, *status.Snapshot){
	func(_ *rand.Rand, s *status.Snapshot) { *s = status.Snapshot{} },
	func(_ *rand.Rand, s *status.Snapshot) { s.Peers = nil },
	func(_ *rand.Rand, s *status.Snapshot) { s.Controllers = nil },
	func(_ *rand.Rand, s *status.Snapshot) { s.Links = nil },
	func(_ *rand.Rand, s *status.Snapshot) { s.Clients, s.Routes, s.Warnings, s.Tasks = nil, nil, nil, nil },
	func(_ *rand.Rand, s *status.Snapshot) {
		s.At, s.Controller.StartedAt, s.Config.AppliedAt = time.Time{}, time.Time{}, time.Time{}
	},
	func(_ *rand.Rand, s *status.Snapshot) {
		s.Controller.Overlay, s.Controller.License.Controllers = nil, 0
	},
	func(_ *rand.Rand, s *status.Snapshot) { s.Controller.ID, s.Controller.Peered = 0, false },
	func(r *rand.Rand, s *status.Snapshot) { s.Clients = s.Clients[:r.IntN(len(s.Clients)+1)] },
	func(r *rand.Rand, s *status.Snapshot) { s.Routes = s.Routes[:r.IntN(len(s.Routes)+1)] },
	func(r *rand.Rand, s *status.Snapshot) { s.Peers = s.Peers[:r.IntN(len(s.Peers)+1)] },
	func(r *rand.Rand, s *status.Snapshot) {
		s.Controller.License = status.License{Licensed: true, Controllers: r.IntN(10), Finalized: r.IntN(2) == 0}
	},
	func(r *rand.Rand, s *status.Snapshot) {
		for i := range s.Peers {
			p := &s.Peers[i]
			p.Address, p.Since, p.Checks, p.RTTHistory, p.LastHandshake = "", time.Time{}, nil, nil, time.Time{}
			p.Path, p.State = p.Path[:r.IntN(len(p.Path)+1)], pick(r, []status.PeerState{status.Up, status.Down, status.NotSet, status.Unresolved, "", "unheard of"})
		}
	},
	func(r *rand.Rand, s *status.Snapshot) {
		long := pick(r, []string{strings.Repeat("very-long-name-", 20), strings.Repeat("界", 90), ""})
		text := pick(r, []string{"two\nlines", strings.Repeat("many words ", 80), long})
		s.Controller.Name, s.Controller.TopologyName, s.Controller.TopologyChecksum, s.Config.Error = long, long, long, text
		for i := range s.Controllers {
			s.Controllers[i].Name, s.Controllers[i].Addresses = long, nil
		}
		for i := range s.Clients {
			s.Clients[i].Reason, s.Clients[i].Tags = text, map[string]string{long: long}
		}
		for i := range s.Routes {
			s.Routes[i].Description, s.Routes[i].Reason = long, text
		}
		for i := range s.Warnings {
			s.Warnings[i].Text, s.Warnings[i].Remedy = text, text
		}
	},
	func(r *rand.Rand, s *status.Snapshot) {
		state := pick(r, []status.TaskState{status.Waiting, status.Running, status.Done, status.Failed})
		for _, name := range []string{"keyset fetch", "keyset generate", "drain"} {
			s.Tasks = append(s.Tasks, status.Task{
				ID: 7, Name: name, Title: "A task", State: state, Cancel: r.IntN(2) == 0, Error: "it failed", Reason: "for a reason", Remedy: "mend it",
				Steps: []status.Step{{Text: "one", State: status.Done, TookMs: 3}, {Text: "two", State: state}, {State: status.Waiting}},
			})
		}
	},
	func(r *rand.Rand, s *status.Snapshot) {
		s.Suggestion = &status.Suggestion{From: "10.0.1.10"}
		for id := 1; id <= r.IntN(peering.MaxID+1); id++ {
			s.Suggestion.Table[id] = peering.Row{Kind: peering.Address, Address: "10.0.1.10"}
		}
	},
	func(r *rand.Rand, s *status.Snapshot) {
		s.Peering.Version += "x"
		s.Peering.Table[1+r.IntN(peering.MaxID)] = peering.Row{Kind: pick(r, []peering.Kind{peering.NotSet, peering.Self, peering.Address}), Address: "10.0.7.7"}
		staged := s.Peering.Table
		s.Peering.Staged = &staged
	},
	func(r *rand.Rand, s *status.Snapshot) { // through JSON, as a console of another machine gets it
		data, err := json.Marshal(s)
		var read status.Snapshot
		if err == nil && json.Unmarshal(data, &read) == nil {
			*s = read
		}
	},
}

// keeper is an owner of the engine with whom half of everything fails.
type keeper struct{}

func (keeper) LeaveRunning() error { return errors.New("it cannot be left running") }
func (keeper) Service() error      { return errors.New("there is no systemd") }
func (keeper) Stop() error         { return nil }

// toy is a demonstration mesh in which nothing happens.
type toy struct{}

func (toy) State() demo.State {
	return demo.State{
		Controllers: []demo.Controller{{ID: 1, Alive: true}, {ID: 2}}, Links: []demo.Link{{A: 1, B: 2}},
		Streams: []demo.Stream{{From: "a", To: "b", Tally: demo.Tally{Rate: []int{0, 3, 10, 12}}}, {}},
	}
}
func (toy) Break(_, _ int, _ demo.Fault)           {}
func (toy) Kill(int) error                         { return errors.New("it lives on") }
func (toy) Revive(int) error                       { return nil }
func (toy) Drain(context.Context, int, bool) error { return nil }
func (toy) Mark(string)                            {}
