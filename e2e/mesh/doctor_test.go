package mesh

import (
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"vns3/internal/lab"
	"vns3/status"
)

// doctorsReport is what `vns3 check --json` writes. These names are a promise to whoever reads them by
// program: one that goes away, and one that comes, fails the test.
type doctorsReport struct {
	OK       bool             `json:"ok"`
	Findings []doctorsFinding `json:"findings"`
}

type doctorsFinding struct {
	Subject  string `json:"subject"`
	What     string `json:"what"`
	Verdict  string `json:"verdict"`
	Text     string `json:"text"`
	Remedy   string `json:"remedy"`
	Evidence string `json:"evidence"`
}

// check asks the doctor, for people and for programs, and proves that both answers and their exit codes
// agree: 1 with an error, else 0.
func check(t *testing.T, m *lab.Machine) (shown string, report doctorsReport) {
	t.Helper()
	raw, _, err := m.CLI("check", "--json")
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&report); err != nil {
		t.Fatalf("#%d: vns3 check --json: %v\n%s", m.ID, err, raw)
	}
	failed := slices.ContainsFunc(report.Findings, func(f doctorsFinding) bool { return f.Verdict == "error" })
	if code := exitCode(t, err); report.OK == failed || failed != (code == 1) || !failed && code != 0 {
		t.Errorf("#%d: vns3 check --json ends with %d, ok is %v\n%s", m.ID, code, report.OK, raw)
	}
	shown, _, err = m.CLI("check")
	if code := exitCode(t, err); code != 0 && code != 1 || (code == 1) != strings.HasPrefix(shown, "✗ ") {
		t.Errorf("#%d: vns3 check ends with %d\n%s", m.ID, code, shown)
	}
	return shown, report
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var ended *exec.ExitError
	switch {
	case err == nil:
		return 0
	case !errors.As(err, &ended):
		t.Fatal(err)
	}
	return ended.ExitCode()
}

func (e doctorsReport) of(subject, what string) (f doctorsFinding) {
	for _, f = range e.Findings {
		if f.Subject == subject && f.What == what {
			return f
		}
	}
	return doctorsFinding{}
}

// Of a mesh that runs the doctor tells, for each peer and for a client server, every part that works, with
// its evidence, and ends with 0; of a controller that is dead then what fails and what to do, first of all;
// of a file that is wrong with 1; and of a wrong flag nothing, with 2.
func TestDoctor(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	client := l.Client(1)
	client.JoinAt(l.Of(1), 1)
	m := l.Of(1)
	m.HeldBy(client, 1)
	calm(l, lab.Patience)

	shown, report := check(t, m)
	for _, peer := range []string{"peer 2", "peer 3"} {
		for _, what := range []string{"name", "port", "keyset", "id", "peered", "key", "checksum", "clock", "mtu", "loss"} {
			if f := report.of(peer, what); f.Verdict != "ok" || f.Text == "" {
				t.Errorf("%s, %s: %+v", peer, what, f)
			}
		}
		for _, what := range []string{"name", "port", "key", "checksum", "clock", "mtu", "loss"} {
			if f := report.of(peer, what); f.Evidence == "" {
				t.Errorf("%s, %s: no evidence", peer, what)
			}
		}
	}
	if f := report.of("client "+client.Pack, "session"); f.Verdict != "ok" || !strings.Contains(f.Evidence, "10.9.1.2") {
		t.Errorf("the client server: %+v", f)
	}
	if f := report.of("client "+client.Pack, "enabled"); f.Verdict != "ok" {
		t.Errorf("the client server: %+v", f)
	}
	if !strings.HasPrefix(shown, "● all well\n") && !strings.HasPrefix(shown, "⚠ no error, ") {
		t.Errorf("the verdict is not first:\n%s", shown)
	}

	l.Of(2).Kill()
	m.Until(lab.Patience, "its port is found dead", func(s *status.Snapshot) bool { _, is := lab.Warning(s, status.PeerPort, 2); return is })
	shown, report = check(t, m)
	firstIsWrong(t, shown, report, "peer 2")
	if f := report.of("peer 3", "port"); f.Verdict != "ok" {
		t.Errorf("what works is no longer told: %+v", f)
	}

	edit(t, m.ConfigPath(), "[peering]", "[peerings]")
	m.Until(lab.Patience, "the file is refused", func(s *status.Snapshot) bool { _, is := lab.Warning(s, status.ConfigRefused, 0); return is })
	if _, report = check(t, m); report.OK || report.of("configuration", report.Findings[0].What).Verdict != "error" {
		t.Errorf("the refused file is not the first error: %+v", report.Findings[0])
	}
	if _, _, err := m.CLI("check", "--nonsense"); exitCode(t, err) != 2 {
		t.Errorf("a wrong flag ends with %d, want 2", exitCode(t, err))
	}
}

// firstIsWrong proves that what is wrong with the subject is said with its remedy before any evidence.
func firstIsWrong(t *testing.T, shown string, report doctorsReport, subject string) {
	t.Helper()
	verdict, evidence, found := strings.Cut(shown, "\nTEST ")
	if !found {
		verdict, evidence, found = strings.Cut(shown, "\n"+strings.ToUpper(subject)+"\n")
	}
	wrong := 0
	for _, f := range report.Findings {
		if f.Subject != subject || f.Verdict != "error" && f.Verdict != "warning" {
			continue
		}
		wrong++
		if f.Remedy == "" || !strings.Contains(verdict, subject+", "+f.What) || !strings.Contains(verdict, "do:") {
			t.Errorf("%s, %s: not first, or without its remedy: %+v\n%s", subject, f.What, f, shown)
		}
	}
	if wrong == 0 || !found || evidence == "" {
		t.Errorf("%d wrong of %s, evidence below: %v\n%s", wrong, subject, found, shown)
	}
}
