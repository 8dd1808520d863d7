package readme

import (
	"strings"
	"testing"
)

// What a document says otherwise than the program does is found: a line that is not there, one in another
// order, another word or figure; a question that is not told of, one that is not asked. Only what is
// another at each run may differ.
func TestDivergence(t *testing.T) {
	const shown = "● #2 vns3-2: 1 peer up\n  ID  ADDRESS    STATE       RTT\n  #1  10.0.1.10  ● up 7s  0.9 ms\n"
	for _, c := range []struct {
		name     string
		document string
		missing  string
	}{
		{"as it is", shown, ""},
		{"only some lines", "● #2 vns3-2: 1 peer up\n#1  10.0.1.10  ● up 2m  12.4 ms", ""},
		{"another state", "#1 10.0.1.10 ● down 7s 0.9 ms", "#1 10.0.1.10 ● down 7s 0.9 ms"},
		{"another address", "#1 10.0.1.11 ● up 7s 0.9 ms", "#1 10.0.1.11 ● up 7s 0.9 ms"},
		{"a line too many", shown + "#3 10.0.3.10 ● up 7s 0.9 ms", "#3 10.0.3.10 ● up 7s 0.9 ms"},
		{"another order", "ID ADDRESS STATE RTT\n● #2 vns3-2: 1 peer up", "● #2 vns3-2: 1 peer up"},
		{"part of a line", "● #2 vns3-2", "● #2 vns3-2"},
	} {
		if missing := firstMissing(plain(shown), strings.Split(strings.TrimSpace(c.document), "\n")); missing != c.missing {
			t.Errorf("%s: found missing %q, want %q", c.name, missing, c.missing)
		}
	}
	for _, c := range []struct {
		line, shown string
		asked       bool
		diverges    bool
	}{
		{"sudo vns3 keyset generate   # asks for a security token", "Security token:", true, false},
		{"sudo vns3 keyset generate   # asks for a security token", "", false, true},
		{"sudo vns3 keyset generate", "Security token:", true, true},
		{"sudo vns3 clientpack next   # says 100_127_252_1", "100_127_252_1", false, false},
		{"sudo vns3 clientpack next   # says 100_127_252_1", "100_127_252_2", false, true},
		{"curl https://10.0.1.10   # asks for it, says equal", "differs", true, true},
		{"sudo vns3 status", "whatever", false, false},
	} {
		if wrong := divergence(comment.FindStringSubmatch(c.line), c.shown, c.asked); (wrong != "") != c.diverges {
			t.Errorf("%s, shown %q, asked %v: %q", c.line, c.shown, c.asked, wrong)
		}
	}
}
