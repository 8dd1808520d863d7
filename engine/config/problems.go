package config

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a configuration file.
type Problem struct {
	Line   int    // from 1; 0: not at one place of the file
	Column int    // from 1, in characters
	Key    string // the key as it is written: "tunnels.mtu", "route[2].cidr"; empty: the file itself
	Reason string // what is wrong
	Remedy string // what to do; empty where there is nothing to add
}

// String is one line: place, key, reason, remedy.
func (p Problem) String() string {
	var b strings.Builder
	if p.Line > 0 {
		fmt.Fprintf(&b, "line %d, column %d: ", p.Line, p.Column)
	}
	if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Reason)
	if p.Remedy != "" {
		b.WriteString(": " + p.Remedy)
	}
	return b.String()
}

// Error is String: a single problem is an error too.
func (p Problem) Error() string { return p.String() }

// Problems is everything that is wrong with a configuration file, in order of the places.
type Problems []Problem

// Error is every problem, one a line.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, problem := range p {
		lines[i] = problem.String()
	}
	return strings.Join(lines, "\n")
}
