package config

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"vns3/internal/safefile"
)

// quietTime is how long a changed file rests before it is read: editors write in several steps.
const quietTime = 200 * time.Millisecond

// maxFileSize bounds what is read, in bytes; a configuration is a few kilobytes.
const maxFileSize = 256 << 10

// File owns the configuration file of a running engine. One goroutine does all that touches it: reads,
// edits, and following what others do to it.
type File struct {
	path     string
	lastGood string
	options  Options
	watch    *watch
	kept     history // belongs to the goroutine, like data and failed

	data   []byte // what was last read
	failed string // why the last reading failed; empty: it did not

	current  atomic.Pointer[held]
	requests chan func()
	changes  chan struct{}
	context  context.Context // ends with Close
	stop     context.CancelFunc
	stopped  sync.WaitGroup
}

// held is what Current returns.
type held struct {
	config Config
	state  State
}

// Open reads the file at path and begins to follow it. A file that is not there is an empty one, and is
// made by the first Edit. If the file is bad, the copy at lastGood that an earlier File kept is in use
// until it is corrected; without one the error is the file's: Problems, or why it cannot be read.
func Open(path, lastGood string, options Options) (*File, error) {
	if options.Quiet == 0 {
		options.Quiet = quietTime
	}
	if options.Now == nil {
		options.Now = time.Now
	}
	f := &File{
		path: absolute(path), lastGood: lastGood, options: options,
		requests: make(chan func()), changes: make(chan struct{}, 1),
	}
	f.watch = newWatch(f.path) // before the first reading, so that no change falls between
	if err := f.start(); err != nil {
		f.watch.close()
		return nil, err
	}
	select {
	case <-f.changes: // the first reading is no change
	default:
	}
	f.context, f.stop = context.WithCancel(context.Background())
	f.stopped.Go(f.run)
	return f, nil
}

// start makes the first reading.
func (f *File) start() error {
	f.current.Store(&held{config: Default(), state: State{Path: f.path, Defaults: true, AppliedAt: f.options.Now()}})
	data, err := readFile(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		f.failed = err.Error()
		f.publish(f.held())
		return nil
	}
	f.take(data, err)
	h := f.held()
	if h.state.Err == nil {
		return nil
	}
	good, err := safefile.Read(f.lastGood)
	if err != nil {
		return h.state.Err
	}
	config, err := Parse(good)
	if err != nil {
		return h.state.Err
	}
	h.config, h.state.LastGood = config, true
	f.publish(h)
	return nil
}

// Current returns the Config in use and the state of the file, without waiting and without I/O.
func (f *File) Current() (Config, State) {
	h := f.current.Load()
	return h.config, h.state
}

// Changes has a value after each change of what Current returns; it holds at most one.
func (f *File) Changes() <-chan struct{} { return f.changes }

// Close ends the following of the file. Later edits fail.
func (f *File) Close() error {
	f.stop()
	f.stopped.Wait()
	return f.watch.close()
}

// Reload reads the file now, as SIGHUP asks, and returns why it is refused.
func (f *File) Reload(ctx context.Context) error {
	return f.do(ctx, func() error {
		f.look()
		return f.held().state.Err
	})
}

// Edit changes the file, all changes or none. version is the State.Version that the changes are based on;
// empty: whatever is in the file. Errors are *EditError, or those of the function Edit.
func (f *File) Edit(ctx context.Context, version string, changes ...Change) error {
	return f.do(ctx, func() error { return f.edit(version, changes) })
}

// ErrClosed is returned by a File that was closed.
var ErrClosed = errors.New("the configuration file is not followed any more")

// do has the goroutine do work and waits for it.
func (f *File) do(ctx context.Context, work func() error) error {
	done := make(chan error, 1)
	select {
	case f.requests <- func() { done <- work() }:
		return <-done // work that was begun is waited for: it may have changed something
	case <-f.context.Done():
		return ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (f *File) run() {
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	for {
		select {
		case <-f.context.Done():
			return
		case work := <-f.requests:
			work()
		case event := <-f.watch.events():
			if f.watch.matters(event) {
				quiet.Reset(f.options.Quiet)
			}
		case <-f.watch.lost(): // what was missed is not known: look
			quiet.Reset(f.options.Quiet)
		case <-quiet.C:
			f.look()
		}
	}
}

// look reads the file and takes what is new.
func (f *File) look() {
	f.watch.follow(f.path)
	data, err := readFile(f.path)
	known := err == nil && f.failed == "" && bytes.Equal(data, f.data)
	if !known && (err == nil || f.failed != err.Error()) {
		f.take(data, err)
		return
	}
	if h := f.held(); h.state.Writable != writable(f.path) {
		f.publish(h) // somebody changed the mode
	}
}

// take judges the content of the file. Content that is good is in use from now on; with any other the
// configuration in use stays.
func (f *File) take(data []byte, err error) {
	h := f.held()
	h.state.Loads++
	if err != nil {
		f.failed = err.Error()
		h.state.Err = &ReadError{Path: f.path, Err: err}
		h.state.Version = ""
		f.publish(h)
		return
	}
	f.data, f.failed = data, ""
	h.state.Version = version(data)
	h.state.Defaults = false
	config, err := Parse(data)
	h.state.Err = err
	if err == nil {
		h.config, h.state.LastGood = config, false
		h.state.AppliedAt = f.options.Now()
		h.state.KeptErr = safefile.Write(f.lastGood, data)
		f.kept.add(h.state.Version, config)
	}
	f.publish(h)
}

// held is a copy of what is in use, to be changed and published.
func (f *File) held() held { return *f.current.Load() }

func (f *File) publish(h held) {
	h.state.Writable = writable(f.path)
	h.state.WatchErr = f.watch.err
	f.current.Store(&h)
	select {
	case f.changes <- struct{}{}:
	default: // the last one was not looked at yet
	}
}

func (f *File) edit(version string, changes []Change) error {
	f.look()
	h := f.held()
	switch {
	case h.state.Err != nil:
		return &EditError{Kind: ErrInvalidOnDisk, Path: f.path, Reason: h.state.Err.Error(), Remedy: "correct the file first"}
	case version != "" && version != h.state.Version:
		return f.conflict(version, h.config)
	case !h.state.Writable:
		return &EditError{Kind: ErrReadOnly, Path: f.path, Reason: "it may not be written", Remedy: "edit it as its owner, or give write permission to file and directory"}
	}
	after, err := Edit(f.data, changes...)
	if err != nil || bytes.Equal(f.data, after) {
		return err
	}
	if err := replaceFile(f.path, f.data, after); err != nil {
		return err
	}
	f.take(after, nil)
	f.watch.follow(f.path)
	return nil
}

// conflict tells what is not the same any more since the version that an edit was based on.
func (f *File) conflict(based string, now Config) error {
	reason := "it was changed meanwhile"
	if then, ok := f.kept.find(based); ok {
		if d := Diff(then, now); !d.None() {
			reason += ": " + d.String()
		}
	}
	return &EditError{Kind: ErrConflict, Path: f.path, Reason: reason, Remedy: "look at the change, then do yours again; nothing was overwritten"}
}

// readFile reads the whole file, if it has a sensible size.
func readFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("it is not a regular file")
	case info.Size() > maxFileSize:
		return nil, fmt.Errorf("it has %d bytes, a configuration has at most %d", info.Size(), maxFileSize)
	}
	return os.ReadFile(path)
}

// version names a content.
func version(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}
