//go:build linux

package main

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
)

// scope is what began together and ends together: namespaces, processes, files. It stands where a test
// has its testing.T.
type scope struct {
	name string

	mu       sync.Mutex
	endings  []func()
	failures []string
}

// within runs fn with a scope and ends all that fn began in it. The error says why fn was given up.
func within(name string, fn func(*scope)) error {
	s := &scope{name: name}
	done := make(chan struct{})
	go func() { // a goroutine of its own, because giving up ends it
		defer close(done)
		defer s.end()
		fn(s)
	}()
	<-done
	if len(s.failures) > 0 {
		return fmt.Errorf("%s: %s", name, s.failures[0])
	}
	return nil
}

func (s *scope) end() {
	for _, ending := range slices.Backward(s.endings) {
		ending()
	}
}

func (s *scope) Helper()           {}
func (s *scope) Name() string      { return s.name }
func (s *scope) SkipNow()          { runtime.Goexit() }
func (s *scope) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }

// Fatalf gives up: it ends the goroutine that within started.
func (s *scope) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	runtime.Goexit()
}

func (s *scope) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

func (s *scope) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Failed says whether something went wrong.
func (s *scope) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.failures) > 0
}

// Cleanup calls fn when the scope ends, the newest first.
func (s *scope) Cleanup(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endings = append(s.endings, fn)
}

// TempDir is a new directory that is gone when the scope has ended.
func (s *scope) TempDir() string {
	dir, err := os.MkdirTemp("", "vns3-bench")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
