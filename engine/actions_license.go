package engine

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/license"
	"vns3/status"
	"vns3/status/figures"
)

func communityText() string { return license.Community().Text }

// showLicense is the license as installed.
func (e *Engine) showLicense() (control.LicenseShown, error) {
	h := e.now.Load()
	if !h.license.Present {
		return control.LicenseShown{}, license.ErrUnlicensed
	}
	return control.LicenseShown{License: h.license.Status(time.Now()), Text: h.license.License.Text, Parameters: h.license.Parameters, Custom: h.license.Custom}, nil
}

// tookLicense is called at the desk when the license on disk has changed.
func (e *Engine) tookLicense(code, text string) {
	e.revise(func(h *holdings) { h.setLicense(e.license.State()) })
	e.events.add(status.Event{Code: code, Text: text})
	e.reconcile()
}

func (e *Engine) installLicense(q control.LicenseInstall) (control.LicenseShown, error) {
	text := q.Text
	if q.Community {
		text = communityText()
	}
	state, err := e.license.Install(text, time.Now())
	if err != nil {
		return control.LicenseShown{}, badLicense(err)
	}
	l := state.License
	e.tookLicense("license.installed", fmt.Sprintf("license of %q installed, signed by %s: %s", l.Topology, l.Signer, sizes(l.Controllers, l.Clientpacks)))
	return e.showLicense()
}

func (e *Engine) upgradeLicense(q control.LicenseUpgrade) (control.LicenseUpgraded, error) {
	growth, err := e.license.Upgrade(q.Text, time.Now())
	if err != nil {
		return control.LicenseUpgraded{}, badLicense(err)
	}
	e.tookLicense("license.upgraded", fmt.Sprintf("license upgraded: %d more controllers, %d more clientpacks", len(growth.Controllers), len(growth.Clients)))
	upgraded := control.LicenseUpgraded{Uniq: e.license.State().License.SHA1[:8], NewControllers: growth.Controllers}
	for _, addr := range growth.Clients {
		upgraded.NewClients = append(upgraded.NewClients, strings.ReplaceAll(addr.String(), ".", "_"))
	}
	return upgraded, nil
}

func (e *Engine) setParameters(q control.LicenseParameters) (control.LicenseShown, error) {
	custom := q.Parameters
	if q.Default {
		custom = nil
	} else if custom == nil {
		return control.LicenseShown{}, &control.Error{Kind: control.Invalid, What: "license parameters", Reason: "neither the default nor any parameters are given"}
	}
	if _, err := e.license.SetParameters(custom); err != nil {
		return control.LicenseShown{}, err
	}
	p := e.license.State().Parameters
	e.tookLicense("license.parameters", fmt.Sprintf("overlay parameters set for good: %v, %s, VIP %v", p.Subnet, sizes(len(p.Controllers), len(p.Clients)), p.VIP))
	e.api.Restart(api.ParametersSet)
	return e.showLicense()
}

// badLicense keeps the reason and says what kind of error it is. A license that comes when none is taken
// any more is not bad.
func badLicense(err error) error {
	if errors.Is(err, license.ErrFinalized) {
		return err
	}
	return &control.Error{Kind: control.Invalid, Reason: err.Error()} // which names the license itself
}

// sizes say how many controllers and clientpacks there may be.
func sizes(controllers, packs int) string {
	return figures.Count(controllers, "controller") + ", " + figures.Count(packs, "clientpack")
}
