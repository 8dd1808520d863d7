package config

import (
	"errors"
	"fmt"
	"io/fs"
)

// The kinds of an EditError, for errors.Is.
var (
	ErrConflict      = errors.New("the file was changed meanwhile")
	ErrInvalidOnDisk = errors.New("the file is not valid as it stands")
	ErrReadOnly      = errors.New("the file cannot be written")
)

// EditError says why the file was not edited. Nothing was changed.
type EditError struct {
	Kind   error // ErrConflict, ErrInvalidOnDisk or ErrReadOnly
	Path   string
	Reason string
	Remedy string
}

// Error is one line: path, reason, remedy.
func (e *EditError) Error() string { return fmt.Sprintf("%s: %s: %s", e.Path, e.Reason, e.Remedy) }

// Unwrap is the kind.
func (e *EditError) Unwrap() error { return e.Kind }

// ReadError says why the file cannot be read.
type ReadError struct {
	Path string
	Err  error
}

// Error is one line: path, reason, remedy.
func (e *ReadError) Error() string {
	switch {
	case errors.Is(e.Err, fs.ErrNotExist):
		return e.Path + ": the file is gone: put it back; the last good configuration goes on"
	case errors.Is(e.Err, fs.ErrPermission):
		return e.Path + ": no permission to read it: change its owner or mode"
	default:
		return fmt.Sprintf("%s: it cannot be read: %v", e.Path, e.Err)
	}
}

// Unwrap is the cause.
func (e *ReadError) Unwrap() error { return e.Err }

// history remembers the configurations of the last few versions, to tell what changed between two.
type history struct {
	versions []string
	configs  []Config
}

const historyLength = 16

func (h *history) add(version string, c Config) {
	h.versions, h.configs = append(h.versions, version), append(h.configs, c)
	if len(h.versions) > historyLength {
		h.versions, h.configs = h.versions[1:], h.configs[1:]
	}
}

func (h *history) find(version string) (Config, bool) {
	for i, known := range h.versions {
		if known == version {
			return h.configs[i], true
		}
	}
	return Config{}, false
}
