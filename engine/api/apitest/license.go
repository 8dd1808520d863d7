package apitest

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vns3/control"
	"vns3/overlay"
	"vns3/status"
)

// LicenseText is a license that the simulated controller accepts.
func LicenseText(controllers, clients int) string {
	return fmt.Sprintf("simulated license\nsubnet 100.127.252.0/22\ncontrollers %d\nclientpacks %d\n", controllers, clients)
}

// installed is the license as it was put.
type installed struct {
	text       string
	at         time.Time
	parameters overlay.Parameters
	custom     bool
}

func readLicense(text string) (overlay.Parameters, error) {
	var subnet string
	var controllers, clients int
	_, err := fmt.Sscanf(strings.TrimSpace(text), "simulated license\nsubnet %s\ncontrollers %d\nclientpacks %d", &subnet, &controllers, &clients)
	if err != nil {
		return overlay.Parameters{}, &control.Error{Kind: control.Invalid, What: "license", Reason: "it is not a license", Remedy: "upload the file as it was issued"}
	}
	p, err := overlay.Default(netip.MustParsePrefix(subnet), controllers, clients)
	if err != nil {
		return p, &control.Error{Kind: control.Invalid, What: "license", Reason: err.Error()}
	}
	return p, nil
}

func (c *Controller) installLicense(q control.LicenseInstall) (control.LicenseShown, error) {
	if c.snap.Controller.License.Finalized {
		return control.LicenseShown{}, &control.Error{Kind: control.NotAllowed, What: "license", Reason: "its parameters are set already", Remedy: "upgrade it instead"}
	}
	p, err := readLicense(q.Text)
	if err != nil {
		return control.LicenseShown{}, err
	}
	c.license = installed{text: q.Text, at: c.o.Now(), parameters: p}
	c.publish(func(s *status.Snapshot) { s.Controller.License = c.licenseStatus(false) })
	return c.showLicense()
}

func (c *Controller) licenseStatus(finalized bool) status.License {
	sum := sha1.Sum([]byte(c.license.text))
	return status.License{
		Licensed: true, Finalized: finalized, Topology: "Simulated", Signer: "simulation",
		Controllers: len(c.license.parameters.Controllers), Clientpacks: len(c.license.parameters.Clients),
		SHA1: hex.EncodeToString(sum[:]), UploadedAt: c.license.at,
	}
}

func (c *Controller) showLicense() (control.LicenseShown, error) {
	if !c.snap.Controller.License.Licensed {
		return control.LicenseShown{}, &control.Error{Kind: control.Unlicensed, Reason: "there is no license"}
	}
	return control.LicenseShown{
		License: c.snap.Controller.License, Text: c.license.text, Parameters: c.license.parameters, Custom: c.license.custom,
	}, nil
}

func (c *Controller) setParameters(q control.LicenseParameters) (control.LicenseShown, error) {
	if c.snap.Controller.License.Finalized {
		return control.LicenseShown{}, &control.Error{Kind: control.NotAllowed, What: "license parameters", Reason: "they are set already, for good"}
	}
	if q.Parameters != nil {
		if err := q.Parameters.Validate(); err != nil {
			return control.LicenseShown{}, &control.Error{Kind: control.Invalid, What: "license parameters", Reason: err.Error()}
		}
		c.license.parameters, c.license.custom = *q.Parameters, true
	}
	c.restart(false)
	c.publish(c.finalize)
	return c.showLicense()
}

// finalize gives the controller its overlay.
func (c *Controller) finalize(s *status.Snapshot) {
	s.Controller.License = c.licenseStatus(true)
	parameters := c.license.parameters
	s.Controller.Overlay, s.Controller.VIP = &parameters, parameters.VIP.String()
	c.run(s, s.Peering.Table)
}

func (c *Controller) upgradeLicense(q control.LicenseUpgrade) (control.LicenseUpgraded, error) {
	p, err := readLicense(q.Text)
	if err != nil {
		return control.LicenseUpgraded{}, err
	}
	old := c.license.parameters
	if len(p.Controllers) < len(old.Controllers) || len(p.Clients) < len(old.Clients) {
		return control.LicenseUpgraded{}, &control.Error{Kind: control.NotAllowed, What: "license", Reason: "it allows less than the one in use"}
	}
	c.license.text, c.license.parameters = q.Text, p
	c.publish(c.finalize)
	return control.LicenseUpgraded{
		Uniq:           c.snap.Controller.License.SHA1,
		NewControllers: p.Controllers[len(old.Controllers):],
		NewClients:     make([]string, len(p.Clients)-len(old.Clients)),
	}, nil
}

func (c *Controller) restart(fetched bool) {
	if c.o.Restart != nil {
		c.o.Restart(fetched)
	}
}
