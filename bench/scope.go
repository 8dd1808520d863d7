//go:build linux

package main

import "vns3/internal/lab"

// scope is what began together and ends together: namespaces, processes, files.
type scope = lab.Scope

// within runs fn with a scope and ends all that fn began in it.
func within(name string, fn func(*scope)) error { return lab.Within(name, fn) }
