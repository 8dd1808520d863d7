package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"

	"vns3/internal/safefile"
)

// StateFile is the path of the file in which a source's failures survive a restart.
type StateFile string

// Load reads the state. Where there is no file it is that of a new source.
func (f StateFile) Load() (State, error) {
	data, err := safefile.Read(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return State{}, nil
	}
	if err != nil {
		return State{}, fmt.Errorf("read failed fetches: %w", err)
	}
	var s State
	if err := json.Unmarshal(data, &s); err != nil {
		return State{}, fmt.Errorf("read failed fetches: %s is damaged, counting from zero: %w", f, err)
	}
	return s, nil
}

// Save replaces the state in the file.
func (f StateFile) Save(s State) error {
	data, err := json.Marshal(s)
	if err == nil {
		err = safefile.Write(string(f), data)
	}
	if err != nil {
		return fmt.Errorf("keep failed fetches: %w", err)
	}
	return nil
}
