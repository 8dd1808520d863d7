package commands

import (
	"context"
	"strings"
	"testing"
	"time"
)

// A program of the system is waited for while it runs, and no longer: neither for one that has no end, nor for
// what another one left behind with its output.
func TestRunProgram(t *testing.T) {
	for line, want := range map[string]string{
		"sleep 10 & exit 0":         "",
		"echo it is masked; exit 1": "exit status 1: it is masked",
		"exec sleep 60":             "it has not ended in time: systemctl list-jobs",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			began := time.Now()
			err := runProgram(ctx, "sh", "-c", line)
			if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
				t.Errorf("%v, want %q", err, want)
			}
			if took := time.Since(began); took > 8*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}
