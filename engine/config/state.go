package config

import "time"

// State is what is known of the configuration file beside its content.
type State struct {
	Path      string
	AppliedAt time.Time // when the Config in use was read
	Err       error     // why the file as it stands is not in use: Problems, or why it cannot be read; nil: it is
	Writable  bool
	Defaults  bool   // there is no file: built-in defaults
	LastGood  bool   // the file was bad at the start: the kept copy of the last good one is in use
	Version   string // changes with every change of the file's content
	Loads     uint64 // how often changed content was taken or refused since the start
	KeptErr   error  // why the copy of the last good configuration could not be written; nil: it was
	WatchErr  error  // why changes are not noticed by themselves; nil: they are
}

// Options are the seams of a File; the zero Options are those of a running engine.
type Options struct {
	Quiet time.Duration    // how long a changed file has to rest before it is read; 0: 200 ms
	Now   func() time.Time // nil: time.Now
}
