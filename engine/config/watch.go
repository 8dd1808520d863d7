package config

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/fsnotify/fsnotify"
)

// watch tells when the file at a path may have changed: also when a symbolic link on the way to it does,
// or when a missing directory appears. It watches directories, because editors replace files.
type watch struct {
	notify *fsnotify.Watcher // nil: changes cannot be noticed
	names  []string          // whose changes matter, as the events name them
	err    error             // why nothing, or not all, is watched
}

func newWatch(path string) *watch {
	notify, err := fsnotify.NewWatcher()
	if err != nil {
		return &watch{err: fmt.Errorf("changes of the file are not noticed by themselves: %w: reload after a change", err)}
	}
	w := &watch{notify: notify}
	w.follow(path)
	return w
}

// follow watches what leads to path now.
func (w *watch) follow(path string) {
	if w.notify == nil {
		return
	}
	w.err = nil
	w.names, _ = trace(path)
	var dirs []string
	for _, name := range w.names {
		dir := filepath.Dir(name)
		dirs = append(dirs, dir)
		if err := w.notify.Add(dir); err != nil { // a directory that is watched already stays so
			w.err = fmt.Errorf("changes of the file are not noticed by themselves: watch %s: %w: reload after a change", dir, err)
		}
	}
	for _, old := range w.notify.WatchList() {
		if !slices.Contains(dirs, old) {
			// It can only fail for a directory that is gone, and then there is nothing to end.
			_ = w.notify.Remove(old)
		}
	}
}

// events are the things that happened in the watched directories.
func (w *watch) events() <-chan fsnotify.Event {
	if w.notify == nil {
		return nil
	}
	return w.notify.Events
}

// lost has a value when events were lost.
func (w *watch) lost() <-chan error {
	if w.notify == nil {
		return nil
	}
	return w.notify.Errors
}

// matters says whether an event can change what the path leads to.
func (w *watch) matters(e fsnotify.Event) bool { return slices.Contains(w.names, e.Name) }

func (w *watch) close() error {
	if w.notify == nil {
		return nil
	}
	return w.notify.Close()
}

// maxLinks is how many symbolic links are followed, as in path_resolution(7).
const maxLinks = 40

// trace follows a path by hand. names are the paths whose change can change where it leads: each symbolic
// link, and the first part that is missing or the end. target is where it leads, there or not.
func trace(path string) (names []string, target string) {
	at, rest := "/", split(path)
	for links := 0; len(rest) > 0 && links <= maxLinks; {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		info, err := os.Lstat(next)
		switch {
		case err != nil:
			return append(names, next), filepath.Join(append([]string{next}, rest...)...)
		case info.Mode()&os.ModeSymlink != 0:
			names = append(names, next)
			link, err := os.Readlink(next)
			if err != nil {
				return names, filepath.Join(append([]string{next}, rest...)...)
			}
			links++
			if filepath.IsAbs(link) {
				at = "/"
			}
			rest = append(split(link), rest...)
		default:
			at = next
		}
	}
	return append(names, at), at
}

// split is the parts of a path. "..", unlike in filepath.Clean, stays: it is taken after links are.
func split(path string) []string {
	return slices.DeleteFunc(strings.Split(path, "/"), func(part string) bool { return part == "" || part == "." })
}
