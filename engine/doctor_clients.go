package engine

import (
	"fmt"
	"slices"

	"vns3/status"
)

// clientChecks are what works and what does not with one client server, in the order in which one would
// look. A client that somebody switched off, or that never came, is no fault: nobody knows more of it.
func (v *sessionView) clientChecks(c status.Client, findings []status.Finding) []status.Check {
	var all []status.Check
	add := func(what, verdict, text, evidence string) {
		all = append(all, status.Check{What: what, Verdict: verdict, Text: text, Evidence: evidence})
	}
	if c.Enabled {
		add("enabled", verdictOK, "its clientpack is enabled", "")
	} else {
		add("enabled", verdictUnknown, "its clientpack is disabled, so it cannot connect", "")
	}
	switch {
	case slices.ContainsFunc(findings, func(f status.Finding) bool { return f.Client == c.Name && whatOf[f.Code] == "session" }):
	case c.Connected:
		evidence := handshakeText(c.LastHandshake, v.at)
		if c.Endpoint != "" {
			evidence += ", from " + c.Endpoint
		}
		add("session", verdictOK, fmt.Sprintf("connected at controller %d", c.ControllerID), evidence)
	case c.ControllerID != 0 && !v.reaches(c.ControllerID):
		all = append(all, status.Check{What: "session", Verdict: verdictWarning, Text: c.Reason,
			Remedy: fmt.Sprintf("Nothing, if another controller takes it over within seconds; else vns3 takeover %d, once it is certain that it is lost.", c.ControllerID)})
	default:
		add("session", verdictUnknown, c.Reason, "")
	}
	return all
}
