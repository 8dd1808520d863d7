package lab

import (
	"context"
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
	over     bool
}

// Within runs fn with a scope and ends all that fn began in it, at once when the context ends; fn is
// left to find that out. The error says why fn was given up.
func Within(ctx context.Context, name string, fn func(*Scope)) error {
	s := &Scope{name: name}
	select {
	case <-begin(func() { fn(s) }):
	case <-ctx.Done():
		<-begin(s.end)
		return fmt.Errorf("%s: interrupted", name)
	}
	<-begin(s.end)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.failures) > 0 {
		return fmt.Errorf("%s: %s", name, s.failures[0])
	}
	return nil
}

// begin runs fn in a goroutine of its own, because giving up ends it, and says when it has ended.
func begin(fn func()) <-chan struct{} {
	done := make(chan struct{})
	go func() {
		defer close(done)
		fn()
	}()
	return done
}

func (s *Scope) end() {
	s.mu.Lock()
	endings := s.endings
	s.over = true
	s.mu.Unlock()
	for _, ending := range slices.Backward(endings) {
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

// Errorf notes why the scope failed; the first reason is told. What fails because the scope has ended is
// no reason.
func (s *Scope) Errorf(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return
	}
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

// Cleanup calls fn when the scope ends, the newest first. Who still begins something after that gives it
// up at once.
func (s *Scope) Cleanup(fn func()) {
	s.mu.Lock()
	if !s.over {
		s.endings = append(s.endings, fn)
		s.mu.Unlock()
		return
	}
	s.mu.Unlock()
	fn()
	runtime.Goexit()
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
