package readme

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"vns3/internal/netns"
)

// TestReadme follows README.md to the letter: what stands below "on controller 1 (10.0.1.10)" is typed on a
// computer with that address, which has this repository, Go and systemd; what a command "says" must be
// there, line by line, but for times and the like. A block that nobody can follow fails.
func TestReadme(t *testing.T) {
	r := newReader(t)
	r.follow("../../README.md", "Two machines in five minutes", "A third one, without systemd", "A client server", "File, API, metrics", "What is wrong?")
	if len(r.machines) != 4 {
		t.Errorf("%d computers were used: the README names three controllers and a client server", len(r.machines))
	}
}

// reader does what a document says.
type reader struct {
	t        *testing.T
	router   *netns.Namespace
	machines map[string]*machine // by address
}

func newReader(t *testing.T) *reader {
	router := netns.New(t)
	router.Forward()
	return &reader{t: t, router: router, machines: map[string]*machine{}}
}

// What introduces a block.
var (
	place   = regexp.MustCompile(`[Oo]n (?:controller \d|a client server) \(([0-9.]+)\)[^()]*:$`)
	saying  = regexp.MustCompile("`([^`]+)` says on")
	copying = regexp.MustCompile(`[Ww]ith a copy of (\S+),`)
	comment = regexp.MustCompile(`\s+# (asks)?.*?(?:says (.*))?$`)
)

func (r *reader) follow(file string, headings ...string) {
	r.t.Helper()
	for _, heading := range headings {
		for _, b := range blocks(section(r.t, file, "## "+heading)) {
			where := place.FindStringSubmatch(b.intro)
			if where == nil {
				r.t.Fatalf("%s, %s: nobody can tell where this is typed: %q", file, heading, b.intro)
			}
			m := r.at(where[1])
			if copied := copying.FindStringSubmatch(b.intro); copied != nil {
				r.carry(copied[1], m)
			}
			if what := saying.FindStringSubmatch(b.intro); what != nil {
				m.says(what[1], b.lines)
				continue
			}
			for _, line := range b.lines {
				m.follows(line)
			}
		}
	}
}

// at is the computer with an address.
func (r *reader) at(address string) *machine {
	r.t.Helper()
	if r.machines[address] == nil {
		r.machines[address] = newMachine(r.t, r.router, address)
	}
	return r.machines[address]
}

// carry copies a file from the computer that has it to another.
func (r *reader) carry(name string, to *machine) {
	r.t.Helper()
	for _, from := range r.machines {
		if !from.On() {
			continue
		}
		text, err := from.Command("cat " + from.home + "/" + name).Output()
		if err != nil {
			continue
		}
		write := to.Command("umask 077; cat >" + to.home + "/" + name)
		write.Stdin = strings.NewReader(string(text))
		if out, err := write.CombinedOutput(); err != nil {
			r.t.Fatalf("%s cannot be copied: %v\n%s", name, err, out)
		}
		return
	}
	r.t.Fatalf("no computer has a file %s", name)
}

// follows types a line; its comment says that something is asked, or what is said.
func (m *machine) follows(line string) {
	m.t.Helper()
	note := comment.FindStringSubmatch(line)
	line = comment.ReplaceAllString(line, "")
	if background, ok := strings.CutSuffix(line, " &"); ok {
		m.starts(background)
		return
	}
	shown, asked := m.types(line)
	if wrong := divergence(note, shown, asked); wrong != "" {
		m.t.Errorf("%s: %s\n%s", line, wrong, shown)
	}
}

// divergence is what a line did otherwise than its comment says; empty: nothing.
func divergence(note []string, shown string, asked bool) string {
	switch {
	case note == nil && asked, note != nil && (note[1] != "") != asked:
		return fmt.Sprintf("asks: %v; the document says otherwise", asked)
	case note != nil && !strings.Contains(plain(shown), plain(note[2])):
		return fmt.Sprintf("does not say %q", note[2])
	}
	return ""
}

// settling is how long a mesh may take until it is as a document says.
const settling = 30 * time.Second

// says types a command until it says every line, in that order. Only by asking again can be seen that a
// mesh has changed.
func (m *machine) says(command string, lines []string) {
	m.t.Helper()
	deadline := time.Now().Add(settling)
	for {
		shown, _ := m.types(command)
		missing := firstMissing(plain(shown), lines)
		if missing == "" {
			return
		}
		if time.Now().After(deadline) {
			m.t.Errorf("%s: does not say %q:\n%s", command, missing, shown)
			return
		}
	}
}

// firstMissing is the first line that is not in the output, or not after the one before it.
func firstMissing(shown string, lines []string) string {
	rest := strings.Split(shown, "\n")
	for _, line := range lines {
		found := false
		for len(rest) > 0 && !found {
			found = rest[0] == plain(line)
			rest = rest[1:]
		}
		if !found {
			return line
		}
	}
	return ""
}
