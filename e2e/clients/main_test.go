//go:build linux

// Package clients proves with the real binary and stock WireGuard clients, each in a network namespace
// of its own, how client servers are served: attachment, refusal, takeover, drain.
package clients

import (
	"testing"

	"vns3/internal/lab"
)

func TestMain(m *testing.M) { lab.Main(m) }
