package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"strings"
	"time"

	"vns3/control"
	"vns3/engine/api"
	"vns3/keyset"
	"vns3/keyset/fetch"
	"vns3/peering"
	"vns3/status"
)

const (
	taskGenerate    = "keyset generate"
	taskFetch       = "keyset fetch"
	taskChangeToken = "keyset change-token"
)

// loadKeys reads the keyset on disk into h.
func (e *Engine) loadKeys(h *holdings) {
	keys, _, err := e.keys.Load()
	h.keys, h.keysProblem = keys, err
	if errors.Is(err, keyset.ErrNone) {
		h.keysProblem = nil
	}
}

// tookKeys is called at the desk when keyset or license on disk have changed.
func (e *Engine) tookKeys() {
	e.revise(func(h *holdings) {
		e.loadKeys(h)
		h.setLicense(e.license.State())
	})
	e.reconcile()
}

// mayHaveKeys refuses what would replace a keyset.
func (e *Engine) mayHaveKeys() error {
	if e.keys.Exists() {
		return &control.Error{Kind: control.Exists, What: "keyset", Reason: "this controller has a keyset already", Remedy: "a keyset is generated or fetched once; to take another, remove this one first (vns3 keyset remove)"}
	}
	for _, name := range []string{taskGenerate, taskFetch} {
		if t, ok := e.tasks.newest(name); ok && t.State == status.Running {
			return &control.Error{Kind: control.InProgress, What: "keyset", Reason: "keyset setup is in progress", Remedy: "wait for it, or cancel it"}
		}
	}
	return nil
}

// generateKeyset begins the generation of a topology's keys.
func (e *Engine) generateKeyset(_ context.Context, q control.KeysetGenerate) (control.TaskStarted, error) {
	if err := errors.Join(e.mayHaveKeys()); err != nil {
		return control.TaskStarted{}, err
	}
	if err := keyset.CheckToken(q.Token); err != nil {
		return control.TaskStarted{}, &control.Error{Kind: control.Invalid, What: "security token", Reason: err.Error()}
	}
	if err := keyset.CheckTopologyName(q.Topology); err != nil {
		return control.TaskStarted{}, &control.Error{Kind: control.Invalid, What: "topology name", Reason: err.Error()}
	}
	licensed := e.now.Load().license.Present
	if q.Strict && !e.now.Load().license.Finalized {
		return control.TaskStarted{}, &control.Error{Kind: control.Unlicensed, What: "keyset", Reason: "Must be licensed first."}
	}
	steps := []string{"check the license", "prepare the token", "generate and write the keys", "start the mesh"}
	if !licensed {
		steps[0] = "use the community license: 9 controllers, 1,000 clientpacks"
	}
	plan := taskPlan{name: taskGenerate, title: "Generate Keyset", steps: steps, cancel: true}
	return e.tasks.start(e.taskContext(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step(steps[0])
		p.step(steps[1])
		verifier, err := keyset.NewTokenVerifier(q.Token, rand.Reader)
		if err != nil {
			return "", err
		}
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		p.fixed()
		p.step(steps[2])
		err = e.desk.do(ctx, func() error { return e.makeKeyset(q, verifier) })
		if err != nil {
			return "", err
		}
		p.step(steps[3])
		err = e.desk.do(ctx, func() error { e.tookKeys(); return nil })
		return "topology checksum " + e.checksumText(), err
	})
}

// makeKeyset runs at the desk: license first, keys last.
func (e *Engine) makeKeyset(q control.KeysetGenerate, verifier keyset.TokenVerifier) error {
	if !e.license.State().Present {
		if _, err := e.license.Install(communityText(), time.Now()); err != nil {
			return err
		}
	}
	if !e.license.State().Finalized {
		if _, err := e.license.SetParameters(nil); err != nil {
			return err
		}
	}
	keys, err := keyset.Generate(keyset.GenerateOptions{Rand: rand.Reader, Now: time.Now(), Topology: q.Topology, Overlay: e.license.State().Parameters})
	if err != nil {
		return err
	}
	if err := e.keys.Save(keyset.New{Keyset: keys, Token: verifier}); err != nil {
		return err
	}
	e.events.add(status.Event{Code: "keyset.generated", Text: "the keyset of the topology was generated: " + keys.UUID})
	return nil
}

// fetchKeyset begins the fetch from another controller.
func (e *Engine) fetchKeyset(_ context.Context, q control.KeysetFetch) (control.TaskStarted, error) {
	if err := e.mayHaveKeys(); err != nil {
		return control.TaskStarted{}, err
	}
	if strings.TrimSpace(q.Source) == "" {
		return control.TaskStarted{}, &control.Error{Kind: control.Invalid, What: "source", Reason: "no controller is named to fetch from", Remedy: "give the address of a controller that has the keyset"}
	}
	if q.Token == "" {
		return control.TaskStarted{}, &control.Error{Kind: control.Invalid, What: "security token", Reason: "it is empty", Remedy: "give the token under which the keyset was generated"}
	}
	plan := taskPlan{name: taskFetch, title: "Fetch Keyset from " + q.Source, steps: fetchSteps(), cancel: true}
	return e.tasks.start(e.taskContext(), plan, func(ctx context.Context, p *progress) (string, error) {
		bundle, err := fetch.Fetch(ctx, fetch.Options{Source: q.Source, Token: q.Token, Guard: e.guard, Progress: func(s fetch.Step) { e.showFetch(p, s) }})
		if err != nil {
			return "", explainFetch(q.Source, err)
		}
		p.fixed()
		p.step("write keys, license and parameters")
		if err := e.desk.do(ctx, func() error { return e.takeBundle(q, bundle) }); err != nil {
			return "", err
		}
		p.step("compare topology checksums")
		if here := e.checksumText(); here != bundle.Checksum.String() {
			return "", &control.Error{Kind: control.Internal, What: "topology checksum", Reason: "it is " + here + " here and " + bundle.Checksum.String() + " at the source", Remedy: "remove the keyset here and fetch it again"}
		}
		return "topology checksum equal to the source's: " + bundle.Checksum.String(), nil
	})
}

// fetchSteps are the steps of a fetch, as they stand before it begins.
func fetchSteps() []string {
	var steps []string
	for _, stage := range fetch.Stages {
		steps = append(steps, stage.String())
	}
	return append(steps, "write keys, license and parameters", "compare topology checksums")
}

// showFetch shows what the fetch tells of its stages.
func (e *Engine) showFetch(p *progress, s fetch.Step) {
	if s.Done {
		p.finished(s.Text)
		return
	}
	p.step(s.Text)
}

// takeBundle runs at the desk: it keeps what was fetched and applies it.
func (e *Engine) takeBundle(q control.KeysetFetch, b *fetch.Bundle) error {
	b.Keyset = b.Keyset.From(q.Source)
	if err := b.Save(fetch.Stores{Keyset: e.keys, License: e.license, Now: time.Now()}); err != nil {
		return err
	}
	// Before a snapshot shows the keyset: until the restart is over the API says "Must be licensed first.".
	e.api.Restart(api.KeysetFetched)
	table, notes := fetch.Suggest(b, q.Source, localAddresses())
	if listen := e.now.Load().config.Controller.Listen; listen.IsValid() {
		table, notes = fetch.Suggest(b, q.Source, func(a netip.Addr) bool { return a == listen })
	}
	var suggestion *status.Suggestion
	if table != (peering.Table{}) { // a source that is not peered yet has nothing to propose
		suggestion = &status.Suggestion{From: q.Source, Table: table, Notes: notes}
	}
	e.revise(func(h *holdings) { h.suggestion = suggestion })
	e.events.add(status.Event{Code: "keyset.fetched", Text: "the keyset was fetched from " + q.Source})
	e.tookKeys()
	return nil
}

func explainFetch(source string, err error) error {
	var refused *fetch.Error
	if errors.As(err, &refused) {
		return &control.Error{Kind: control.NotAllowed, What: "fetch from " + source, Reason: refused.Why(), Remedy: refused.Remedy()}
	}
	return err
}

// removeKeyset runs at the desk.
func (e *Engine) removeKeyset(q control.KeysetRemove) error {
	h := e.now.Load()
	if h.keys == nil && h.keysProblem == nil {
		return keyset.ErrNone
	}
	if checksum := e.checksumText(); checksum != "" && (len(q.Confirm) < 8 || !strings.HasPrefix(checksum, strings.ToLower(q.Confirm))) {
		return &control.Error{Kind: control.Invalid, What: "keyset", Reason: "the confirmation is not the beginning of the topology checksum", Remedy: "give its first 8 digits, " + checksum[:8]}
	}
	e.endSession(true)
	if err := e.keys.Remove(); err != nil {
		return err
	}
	e.events.add(status.Event{Code: "keyset.removed", Severity: status.Warn, Text: "the keyset was removed from this controller; all its tunnels have ended"})
	e.tookKeys()
	return nil
}

// changeToken begins to protect the fetch by another token.
func (e *Engine) changeToken(_ context.Context, q control.KeysetChangeToken) (control.TaskStarted, error) {
	if err := keyset.CheckToken(q.Token); err != nil {
		return control.TaskStarted{}, &control.Error{Kind: control.Invalid, What: "security token", Reason: err.Error()}
	}
	if e.now.Load().keys == nil {
		return control.TaskStarted{}, keyset.ErrNone
	}
	plan := taskPlan{name: taskChangeToken, title: "Change the security token", steps: []string{"prepare the token", "write it"}}
	return e.tasks.start(e.taskContext(), plan, func(ctx context.Context, p *progress) (string, error) {
		p.step("prepare the token")
		verifier, err := keyset.NewTokenVerifier(q.Token, rand.Reader)
		if err != nil {
			return "", err
		}
		p.step("write it")
		err = e.desk.do(ctx, func() error {
			if err := e.keys.ChangeToken(verifier); err != nil {
				return err
			}
			e.tookKeys()
			e.events.add(status.Event{Code: "keyset.token", Text: "the security token was changed; keys are unchanged"})
			return nil
		})
		return "from now on others fetch with the new token; tell it the other controllers' too: each has its own", err
	})
}

// checksumText is the topology checksum in 40 digits; empty: none.
func (e *Engine) checksumText() string {
	if c, ok := e.now.Load().checksum(); ok {
		return c.String()
	}
	return ""
}

// taskContext is that of Run: a task ends with the engine, not with who asked for it.
func (e *Engine) taskContext() context.Context {
	if ctx := e.context.Load(); ctx != nil {
		return *ctx
	}
	return context.Background()
}
