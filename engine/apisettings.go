package engine

import (
	"fmt"
	"slices"
	"strings"

	"vns3/engine/config"
	"vns3/status"
)

// applyAPI makes the API agree with a changed configuration.
func (e *Engine) applyAPI(before, now config.Config) {
	if config.Diff(before, now).Touches("api") {
		e.readAPIFiles()
	}
	e.api.Listen([]string{now.APIAddress()})
}

// readAPIFiles reads the files that [api] names. What cannot be used is told, and the API goes on with
// what it had. Only the desk calls it.
func (e *Engine) readAPIFiles() {
	var problems []string
	note := func(err error) {
		if err != nil {
			problems = append(problems, err.Error())
		}
	}
	named := e.now.Load().config.API
	note(e.cert.Use(named.TLSCert, named.TLSKey))
	note(e.access.UsePasswordFile(named.PasswordFile))
	if slices.Equal(problems, e.now.Load().apiFaults) {
		return
	}
	e.revise(func(h *holdings) { h.apiFaults = problems })
	for _, p := range problems {
		e.events.add(status.Event{Code: string(status.APISetting), Severity: status.Warn, Text: p + "; the API goes on with what it had"})
	}
}

// tellRestart names the changes that wait for the next start.
func (e *Engine) tellRestart(keys []string) {
	if len(keys) > 0 {
		e.events.add(status.Event{Code: "config.restart", Severity: status.Warn, Text: fmt.Sprintf("%s: takes effect when the engine starts again", strings.Join(keys, ", "))})
	}
}
