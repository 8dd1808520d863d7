package lab

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"sync"
)

// Scope is what began together and ends together: namespaces, processes, files. It stands where a test
// has its testing.T, for programs that are no tests.
type Scope struct {
	name string

	mu       sync.Mutex
	endings  []func()
	failures []string
}

// Within runs fn with a scope and ends all that fn began in it. The error says why fn was given up.
func Within(name string, fn func(*Scope)) error {
	s := &Scope{name: name}
	done := make(chan struct{})
	go func() { // a goroutine of its own, because giving up ends it
		defer close(done)
		defer s.end()
		fn(s)
	}()
	<-done
	if s.Failed() {
		return fmt.Errorf("%s: %s", name, s.failures[0])
	}
	return nil
}

func (s *Scope) end() {
	for _, ending := range slices.Backward(s.endings) {
		ending()
	}
}

// Helper does nothing: a scope names no lines.
func (s *Scope) Helper() {}

// Name is what Within was told.
func (s *Scope) Name() string { return s.name }

// SkipNow ends the goroutine that Within started.
func (s *Scope) SkipNow() { runtime.Goexit() }

// Fatal gives up, as Fatalf does.
func (s *Scope) Fatal(args ...any) { s.Fatalf("%s", fmt.Sprint(args...)) }

// Fatalf gives up: it ends the goroutine that Within started.
func (s *Scope) Fatalf(format string, args ...any) {
	s.Errorf(format, args...)
	runtime.Goexit()
}

// Errorf notes why the scope failed; the first reason is told.
func (s *Scope) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, fmt.Sprintf(format, args...))
}

// Logf writes to standard error.
func (s *Scope) Logf(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// Failed says whether something went wrong.
func (s *Scope) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.failures) > 0
}

// Cleanup calls fn when the scope ends, the newest first.
func (s *Scope) Cleanup(fn func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endings = append(s.endings, fn)
}

// TempDir is a new directory that is gone when the scope has ended.
func (s *Scope) TempDir() string {
	dir, err := os.MkdirTemp("", "vns3-scope")
	if err != nil {
		s.Fatal(err)
	}
	s.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
