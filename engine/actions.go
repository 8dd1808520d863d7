package engine

import (
	"context"
	"errors"
	"fmt"

	"vns3/control"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/keyset"
	"vns3/keyset/fetch"
	"vns3/peering"
)

// Do carries out one action. It is of control.Backend.
func (e *Engine) Do(ctx context.Context, request control.Request) (any, error) {
	if ctx.Err() != nil { // else the desk might just be free, and do what nobody waits for
		return nil, &control.Error{Kind: control.Disconnected, What: request.Action(), Reason: "the caller gave up before it began"}
	}
	reply, err := e.carryOut(ctx, request)
	if err != nil {
		return nil, explain(request.Action(), err)
	}
	if action, ok := control.Find(request.Action()); ok && action.Writes {
		e.refresh(ctx) // who changed something sees it in the next snapshot that it looks at
	}
	return reply, nil
}

// carryOut is the one list of what an engine can do. A test compares it with the registry.
func (e *Engine) carryOut(ctx context.Context, request control.Request) (any, error) {
	switch q := request.(type) {
	case control.PeeringSet:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.setPeering(ctx, q)) })
	case control.PeeringApply:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.applyStaged(ctx)) })
	case control.PeeringAccept:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.acceptPeer(ctx, q.ID)) })
	case control.PeeringCheck:
		return e.checkAddress(ctx, q)
	case control.KeysetGenerate:
		return e.generateKeyset(ctx, q)
	case control.KeysetFetch:
		return e.fetchKeyset(ctx, q)
	case control.KeysetRemove:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.removeKeyset(q)) })
	case control.KeysetChangeToken:
		return e.changeToken(ctx, q)
	case control.KeysetRearm:
		e.source.Rearm()
		e.wake()
		return control.Nothing{}, nil
	case control.LicenseInstall:
		return atDesk(ctx, e, func() (control.LicenseShown, error) { return e.installLicense(q) })
	case control.LicenseUpgrade:
		return atDesk(ctx, e, func() (control.LicenseUpgraded, error) { return e.upgradeLicense(q) })
	case control.LicenseParameters:
		return atDesk(ctx, e, func() (control.LicenseShown, error) { return e.setParameters(q) })
	case control.LicenseShow:
		return e.showLicense()
	case control.RouteAdd, control.RouteRemove, control.RouteEnable:
		return atDesk(ctx, e, func() (any, error) { return e.changeRoutes(ctx, q) })
	case control.PackExport:
		return e.exportPack(ctx, q)
	case control.PackSet:
		return done(e.setPack(ctx, q))
	case control.PackNext:
		return e.nextPack(ctx, q)
	case control.PackRegenerate:
		return e.regenerate(q)
	case control.PackAdd:
		return done(e.addPacks())
	case control.ClientDisconnect:
		return done(e.disconnect(q))
	case control.Drain:
		return e.drain(ctx, q)
	case control.Rebalance:
		return e.rebalance(q)
	case control.Takeover:
		return e.takeover(q)
	case control.TaskCancel:
		return done(e.tasks.cancel(q.ID))
	case control.ConfigSet:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.setConfig(ctx, q)) })
	case control.ConfigReload:
		return atDesk(ctx, e, func() (control.Nothing, error) { return done(e.reload(ctx)) })
	case control.Check:
		e.firewall.look(ctx)
		return e.examine(), nil
	}
	if reply, ok, err := e.access.Do(request); ok {
		e.wake()
		return reply, err
	}
	return nil, &control.Error{Kind: control.NotFound, What: request.Action(), Reason: fmt.Sprintf("this engine cannot do a %T", request)}
}

func done(err error) (control.Nothing, error) { return control.Nothing{}, err }

// explain turns whatever went wrong into an error that says class, thing, reason and remedy.
func explain(action string, err error) error {
	var known *control.Error
	var refused *fetch.Error
	var table peering.Problems
	var edit *config.EditError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &table):
		return &control.Error{Kind: control.Invalid, What: "peering table", Reason: err.Error()}
	case errors.As(err, &edit):
		kind := control.NotAllowed
		switch {
		case errors.Is(err, config.ErrConflict):
			kind = control.Conflict
		case errors.Is(err, config.ErrReadOnly):
			kind = control.ReadOnly
		}
		return &control.Error{Kind: kind, What: edit.Path, Reason: edit.Reason, Remedy: edit.Remedy}
	case errors.As(err, &refused):
		return &control.Error{Kind: control.NotAllowed, What: action, Reason: refused.Why(), Remedy: refused.Remedy()}
	case errors.Is(err, keyset.ErrExists):
		return &control.Error{Kind: control.Exists, What: "keyset", Reason: err.Error()}
	case errors.Is(err, keyset.ErrNone), errors.Is(err, fetch.ErrNoKeyset):
		return &control.Error{Kind: control.NoKeyset, What: "keyset", Reason: err.Error()}
	case errors.Is(err, license.ErrUnlicensed):
		return &control.Error{Kind: control.Unlicensed, What: "license", Reason: err.Error()}
	case errors.Is(err, license.ErrFinalized):
		return &control.Error{Kind: control.NotAllowed, What: "license", Reason: err.Error()}
	default:
		return &control.Error{Kind: control.Invalid, What: action, Reason: err.Error()}
	}
}
