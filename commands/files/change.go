package files

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"vns3/control"
	"vns3/engine"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/peering"
)

func there(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// edit changes the configuration file in place.
func (b *Backend) edit(ctx context.Context, changes []config.Change) error {
	file, err := config.Open(b.o.ConfigPath, filepath.Join(b.o.DataDir, "config.good.toml"), config.Options{})
	if err != nil {
		return err
	}
	defer file.Close()
	return file.Edit(ctx, "", changes...)
}

// setPeering saves rows by the rules that the engine has, but for those that need this machine.
func (b *Backend) setPeering(ctx context.Context, q control.PeeringSet) error {
	if q.Stage {
		return &control.Error{Kind: control.Disconnected, What: "peering table", Reason: "rows are staged in a running engine, and none runs", Remedy: "save the rows, or start the engine"}
	}
	c, err := config.Peek(b.o.ConfigPath)
	if err != nil {
		return err
	}
	next := c.Peering
	if q.Replace {
		next = peering.Table{}
	}
	for _, id := range slices.Sorted(maps.Keys(q.Rows)) {
		if q.Rows[id].Kind == peering.Self {
			next, _ = peering.MoveSelf(next, id)
		}
		next[id] = q.Rows[id]
	}
	l := license.Open(b.o.DataDir, c.License.Trusted).State()
	rules := peering.Rules{Licensed: len(l.Parameters.Controllers), Listen: c.Controller.Listen, Strict: q.Strict}
	if err := peering.Check(next, rules).Err(); err != nil {
		return err
	}
	return b.edit(ctx, engine.PeeringChanges(c.Peering, next, q.MTU))
}

func (b *Backend) setConfig(ctx context.Context, q control.ConfigSet) error {
	changes, err := engine.ConfigChanges(q)
	if err != nil {
		return err
	}
	return b.edit(ctx, changes)
}

func (b *Backend) store() *license.Store {
	c, _ := config.Peek(b.o.ConfigPath)
	return license.Open(b.o.DataDir, c.License.Trusted)
}

func (b *Backend) showLicense() (control.LicenseShown, error) {
	return shown(b.store().State())
}

func shown(s license.State) (control.LicenseShown, error) {
	if !s.Present {
		return control.LicenseShown{}, &control.Error{Kind: control.Unlicensed, What: "license", Reason: "none is installed", Remedy: "vns3 license install FILE, or --community"}
	}
	return control.LicenseShown{License: s.Status(time.Now()), Text: s.License.Text, Parameters: s.Parameters, Custom: s.Custom}, nil
}

func (b *Backend) installLicense(q control.LicenseInstall) (control.LicenseShown, error) {
	if err := os.MkdirAll(b.o.DataDir, 0o700); err != nil {
		return control.LicenseShown{}, err
	}
	text := q.Text
	if q.Community {
		text = license.Community().Text
	}
	state, err := b.store().Install(text, time.Now())
	if err != nil {
		return control.LicenseShown{}, &control.Error{Kind: control.Invalid, What: "license", Reason: err.Error()}
	}
	return shown(state)
}

func (b *Backend) setParameters(q control.LicenseParameters) (control.LicenseShown, error) {
	state, err := b.store().SetParameters(q.Parameters)
	if err != nil {
		return control.LicenseShown{}, &control.Error{Kind: control.Invalid, What: "license parameters", Reason: err.Error()}
	}
	return shown(state)
}
