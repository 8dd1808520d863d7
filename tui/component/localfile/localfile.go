// Package localfile reads and makes files on the machine that console and command line run on, by the
// names that people type. In the console it is for commands: never for Update or View.
package localfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"vns3/control"
)

// Path is the file meant by what was typed: ~ is the home directory.
func Path(typed string) string {
	path := strings.TrimSpace(typed)
	if home, err := os.UserHomeDir(); err == nil && (path == "~" || strings.HasPrefix(path, "~/")) {
		path = home + path[1:]
	}
	if full, err := filepath.Abs(path); err == nil {
		path = full
	}
	return path
}

// Read reads a file of at most so many bytes.
func Read(typed string, most int64) (string, error) {
	path := Path(typed)
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "", refusal(path, "there is no such file", "look for a typing error, or copy it to this machine")
	case err != nil:
		return "", unreadable(path, err)
	case info.IsDir():
		return "", refusal(path, "it is a directory", "name the file in it")
	case !info.Mode().IsRegular():
		return "", refusal(path, "it is not a file that can be read to its end", "")
	case info.Size() > most:
		return "", refusal(path, fmt.Sprintf("it has %d bytes, more than the %d that are read", info.Size(), most), "name another file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", unreadable(path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return "", unreadable(path, err)
	}
	return string(data), nil
}

func unreadable(path string, err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return refusal(path, "this user may not read it", "give the right to read it, or start the console as a user that has it")
	}
	return refusal(path, cause(err), "")
}

// Write makes a new file that only its owner may read, asks for what is to be in it, and returns its path.
// What is there already is left alone; a directory gets the file under the name proposed. Nothing is asked
// for that could not be written, and nothing stays of what could not be had.
func Write(typed, proposed string, ask func() ([]byte, error)) (string, error) {
	f, err := create(typed, proposed)
	if err != nil {
		return "", err
	}
	data, err := ask()
	if err == nil {
		_, err = f.Write(data)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name()) // it is ours, and what it was made for is not in it
	}
	return f.Name(), err
}

func create(typed, proposed string) (*os.File, error) {
	path := Path(typed)
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, proposed)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	dir := filepath.Dir(path)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, refusal(path, "it exists already and was left as it is", "choose another name")
	case errors.Is(err, fs.ErrNotExist):
		return nil, refusal(path, "the directory "+dir+" does not exist", "make it, or choose another one")
	case errors.Is(err, fs.ErrPermission):
		return nil, refusal(path, "this user may not write in "+dir, "choose another directory, such as ~")
	case err != nil:
		return nil, refusal(path, cause(err), "choose another name")
	}
	return f, nil
}

func refusal(path, reason, remedy string) error {
	return &control.Error{Kind: control.Invalid, What: path, Reason: reason, Remedy: remedy}
}

// cause is an error of a file without the name of the call and of the file.
func cause(err error) string {
	if of := (*fs.PathError)(nil); errors.As(err, &of) {
		return of.Err.Error()
	}
	return err.Error()
}
