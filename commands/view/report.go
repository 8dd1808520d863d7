package view

import (
	"fmt"
	"slices"
	"strings"

	"vns3/control"
)

// The verdicts of the doctor.
const (
	verdictOK      = "ok"
	verdictWarning = "warning"
	verdictError   = "error"
)

// Report is what the doctor found: the verdict, what is wrong with its remedy, and below the evidence.
func Report(r control.Report) string {
	var b strings.Builder
	b.WriteString(verdict(r) + "\n")
	for _, f := range r.Findings {
		if f.Verdict != verdictError && f.Verdict != verdictWarning {
			continue
		}
		b.WriteString("\n" + Hang(verdictGlyph(f.Verdict)+" ", fmt.Sprintf("%s, %s: %s", f.Subject, f.What, f.Text)))
		if f.Remedy != "" {
			b.WriteString(Hang("  do:       ", f.Remedy))
		}
		if f.Evidence != "" {
			b.WriteString(Hang("  evidence: ", f.Evidence))
		}
	}
	var subjects []string
	for _, f := range r.Findings {
		if !slices.Contains(subjects, f.Subject) {
			subjects = append(subjects, f.Subject)
		}
	}
	slices.Sort(subjects)
	for _, subject := range subjects {
		b.WriteString("\n" + strings.ToUpper(subject) + "\n" + evidence(r, subject))
	}
	return b.String()
}

func verdict(r control.Report) string {
	failed, doubts := 0, 0
	for _, f := range r.Findings {
		switch f.Verdict {
		case verdictError:
			failed++
		case verdictWarning:
			doubts++
		}
	}
	switch {
	case failed > 0:
		return fmt.Sprintf("%s %s, %s", bad, counted(failed, "error"), counted(doubts, "warning"))
	case doubts > 0:
		return fmt.Sprintf("⚠ no error, %s", counted(doubts, "warning"))
	default:
		return good + " all well"
	}
}

func verdictGlyph(v string) string {
	switch v {
	case verdictOK:
		return good
	case verdictWarning:
		return "⚠"
	case verdictError:
		return bad
	default:
		return none
	}
}

// evidence is every finding about a subject, one a line.
func evidence(r control.Report, subject string) string {
	t := table{columns: []column{{head: "TEST"}, {head: "VERDICT"}, {head: "FOUND", gives: true}}}
	for _, f := range r.Findings {
		if f.Subject == subject {
			found := f.Text
			if f.Evidence != "" && f.Verdict == verdictOK {
				found += " (" + f.Evidence + ")"
			}
			t.add(f.What, verdictGlyph(f.Verdict)+" "+f.Verdict, found)
		}
	}
	return t.String()
}
