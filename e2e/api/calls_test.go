package api

import "testing"

var unused []string

func truth(t *testing.T, all []*site) {}
func clientpackCalls(s *site)         {}
func routeCalls(all []*site)          {}
func edits(t *testing.T, all []*site) {}
func accessCalls(s *site)             {}
