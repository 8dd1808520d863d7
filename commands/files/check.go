package files

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"vns3/control"
	"vns3/engine/config"
	"vns3/engine/license"
	"vns3/keyset"
	"vns3/peering"
	"vns3/status"
	"vns3/status/figures"
)

// Configuration is the subject of findings about the configuration file.
const Configuration = "configuration"

const (
	verdictOK      = "ok"
	verdictWarning = "warning"
	verdictError   = "error"
)

// Check tests a controller's files, and the files that they name. It tells all that is wrong at once and
// touches nothing.
func Check(o Options) control.Report {
	e := examination{control.Report{OK: true}}
	c := e.file(o.ConfigPath)
	e.named(c)
	l := license.Open(o.DataDir, c.License.Trusted).State()
	e.license(l)
	e.table(c, l)
	e.keyset(o.DataDir)
	return e.Report
}

type examination struct{ control.Report }

func (e *examination) add(subject string, c status.Check) {
	e.Findings = append(e.Findings, control.Finding{Subject: subject, Check: c})
	e.OK = e.OK && c.Verdict != verdictError
}

// file tests the configuration file itself, and returns what could be read of it.
func (e *examination) file(path string) config.Config {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.add(Configuration, status.Check{What: "file", Verdict: verdictOK, Text: "there is none: built-in defaults", Evidence: path})
		return config.Default()
	case err != nil:
		e.add(Configuration, status.Check{What: "file", Verdict: verdictError, Text: "it cannot be read", Remedy: "Change its owner or mode.", Evidence: err.Error()})
		return config.Default()
	}
	c, err := config.Parse(data)
	var problems config.Problems
	if errors.As(err, &problems) {
		for _, p := range problems {
			e.add(Configuration, status.Check{What: what(p), Verdict: verdictError, Text: p.Reason, Remedy: p.Remedy, Evidence: evidence(path, p)})
		}
		return c
	}
	e.add(Configuration, status.Check{What: "file", Verdict: verdictOK, Text: "valid", Evidence: path})
	return c
}

func what(p config.Problem) string {
	if p.Key == "" {
		return "file"
	}
	return p.Key
}

func evidence(path string, p config.Problem) string {
	if p.Line == 0 {
		return path
	}
	return fmt.Sprintf("%s:%d:%d", path, p.Line, p.Column)
}

// named tests the files that the configuration names.
func (e *examination) named(c config.Config) {
	if path := c.API.PasswordFile; path != "" {
		if _, err := os.ReadFile(path); err != nil {
			e.add(Configuration, status.Check{What: "api.password_file", Verdict: verdictError, Text: "it cannot be read", Remedy: "Write the password into it, readable for the engine only.", Evidence: err.Error()})
		}
	}
	if c.API.TLSCert != "" && c.API.TLSKey != "" {
		if _, err := tls.LoadX509KeyPair(c.API.TLSCert, c.API.TLSKey); err != nil {
			e.add(Configuration, status.Check{What: "api.tls_cert", Verdict: verdictError, Text: "certificate and key are not a pair that can be used", Remedy: "Give PEM files of a certificate and of its key.", Evidence: err.Error()})
		}
	}
}

// table tells what the peering table lacks. Its errors are those of the file.
func (e *examination) table(c config.Config, l license.State) {
	rules := peering.Rules{Licensed: len(l.Parameters.Controllers), Listen: c.Controller.Listen}
	for _, p := range peering.Check(c.Peering, rules).Warnings() {
		e.add(Configuration, status.Check{What: "peering", Verdict: verdictWarning, Text: p.Text, Remedy: p.Remedy})
	}
}

func (e *examination) license(s license.State) {
	switch {
	case !s.Present:
		return
	case s.Problem != nil:
		e.add("license", status.Check{What: "file", Verdict: verdictError, Text: s.Problem.Error(), Remedy: "Install the license again: vns3 license install FILE."})
	case s.License.Expired(time.Now()):
		e.add("license", status.Check{What: "expiry", Verdict: verdictWarning, Text: "it has expired; running tunnels go on, new peers are refused", Remedy: "Install one with a later expiry: vns3 license upgrade FILE."})
	default:
		e.add("license", status.Check{What: "file", Verdict: verdictOK, Text: figures.Count(s.License.Controllers, "controller") + ", " + figures.Count(s.License.Clientpacks, "clientpack")})
	}
}

func (e *examination) keyset(dataDir string) {
	_, _, err := keyset.NewStore(dataDir).Load()
	switch {
	case errors.Is(err, keyset.ErrNone):
	case err != nil:
		e.add("keyset", status.Check{What: "file", Verdict: verdictError, Text: err.Error(), Remedy: "Restore it from a backup, or remove it and fetch the keyset again."})
	default:
		e.add("keyset", status.Check{What: "file", Verdict: verdictOK, Text: "whole, and readable for its owner only"})
	}
}
