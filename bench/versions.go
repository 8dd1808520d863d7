//go:build linux

package main

import (
	"os/exec"
	"regexp"
	"strings"
)

// versionNumber is the first version in what a program says of itself, with the commit if it has one.
var versionNumber = regexp.MustCompile(`[0-9]+\.[0-9]+(\.[0-9]+)*(-[0-9]+-[0-9a-f]{12})?`)

// versions names the versions of the systems that are compared, as far as they tell: a comparison without
// them means little.
func versions(chosen []system) string {
	var all []string
	for _, s := range chosen {
		if s.version == nil {
			continue
		}
		if v := s.version(); v != "" {
			all = append(all, s.name+" "+v)
		}
	}
	return strings.Join(all, ", ")
}

// tells asks a program for its version; "" if it is not there.
func tells(program string, args ...string) func() string {
	return func() string {
		out, err := exec.Command(program, args...).Output()
		if err != nil {
			return ""
		}
		return versionNumber.FindString(string(out))
	}
}

// ofModule is the version of a module that this one requires.
func ofModule(path string) func() string {
	return tells("go", "list", "-m", "-f", "{{.Version}}", path)
}
