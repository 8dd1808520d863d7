package view

import (
	"fmt"
	"slices"
	"strings"

	"vns3/control"
	"vns3/status/figures"
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
	var chapters []string
	for _, f := range r.Findings {
		if chapter, _ := placed(f); !slices.Contains(chapters, chapter) {
			chapters = append(chapters, chapter)
		}
	}
	slices.Sort(chapters)
	for _, chapter := range chapters {
		b.WriteString("\n" + strings.ToUpper(chapter) + "\n" + evidence(r, chapter))
	}
	return b.String()
}

// placed is the chapter that a finding stands in, and the test's name there: all client servers share one.
func placed(f control.Finding) (chapter, test string) {
	if name, ok := strings.CutPrefix(f.Subject, "client "); ok {
		return "clients", name + " " + f.What
	}
	return f.Subject, f.What
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
		return fmt.Sprintf("%s %s, %s", bad, figures.Count(failed, "error"), figures.Count(doubts, "warning"))
	case doubts > 0:
		return fmt.Sprintf("⚠ no error, %s", figures.Count(doubts, "warning"))
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

// evidence is every finding of a chapter, one a line.
func evidence(r control.Report, chapter string) string {
	t := table{columns: []column{{head: "TEST"}, {head: "VERDICT"}, {head: "FOUND", gives: true}}}
	for _, f := range r.Findings {
		if in, test := placed(f); in == chapter {
			found := f.Text
			if f.Evidence != "" && f.Verdict == verdictOK {
				found += " (" + f.Evidence + ")"
			}
			t.add(test, verdictGlyph(f.Verdict)+" "+f.Verdict, found)
		}
	}
	return t.String()
}
