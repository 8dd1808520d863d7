package tui

import (
	"strings"

	"vns3/tui/theme"
)

// Suit fits the options to what the terminal can show, as the environment tells it.
func (o Options) Suit(env []string) Options {
	switch term := lookup(env, "TERM"); {
	case term == "dumb", term == "":
		o.ASCII, o.NoMouse, o.Theme = true, true, theme.Plain
	case term == "linux", strings.HasPrefix(term, "vt"):
		o.ASCII = true // their fonts have few of the glyphs
	}
	o.ASCII = o.ASCII || !speaksUTF8(env)
	return o
}

// speaksUTF8 says that the locale does not name another character set. Without a locale, as often over
// SSH, nothing is known of the terminal, and nearly every one speaks UTF-8.
func speaksUTF8(env []string) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale := strings.ToLower(lookup(env, name)); locale != "" {
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return true
}

func lookup(env []string, name string) string {
	for i := len(env) - 1; i >= 0; i-- { // the last one counts
		if v := env[i]; len(v) > len(name) && v[len(name)] == '=' && v[:len(name)] == name {
			return v[len(name)+1:]
		}
	}
	return ""
}
