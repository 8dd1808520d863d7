package config

import (
	"context"
	"time"
)

// State is what is known of the configuration file beside its content.
type State struct {
	Path      string
	AppliedAt time.Time // when the Config in use was read
	Err       error     // why the file as it stands is not in use; nil: it is
	Writable  bool
	Defaults  bool   // there is no file: built-in defaults
	LastGood  bool   // the file was bad at boot: the kept copy of the last good one is in use
	Version   string // changes with every change of the file's content
}

// Options are the seams of a File; the zero Options are those of a running engine.
type Options struct {
	Quiet time.Duration    // how long a changed file has to rest before it is read; 0: 200 ms
	Now   func() time.Time // nil: time.Now
}

// File owns the configuration file of a running engine.
type File struct{}

// Open reads the file at path and begins to follow it.
func Open(path, lastGood string, options Options) (*File, error) { return &File{}, nil }

// Current returns the Config in use and the state of the file.
func (f *File) Current() (Config, State) { return Default(), State{} }

// Edit changes the file. version is the State.Version that the changes are based on; empty: any.
func (f *File) Edit(ctx context.Context, version string, changes ...Change) error { return nil }

// Reload reads the file now, as SIGHUP asks.
func (f *File) Reload(ctx context.Context) error { return nil }

// Changes has a value after each change of what Current returns; it holds at most one.
func (f *File) Changes() <-chan struct{} { return nil }

// Close ends the following of the file.
func (f *File) Close() error { return nil }
