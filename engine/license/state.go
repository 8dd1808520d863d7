package license

import (
	"errors"
	"time"

	"vns3/overlay"
)

// State is the license of a controller as it is now. It is never changed after it was returned.
type State struct {
	Present    bool // a license is installed
	License    License
	UploadedAt time.Time
	Finalized  bool               // Parameters are set for good
	Custom     bool               // Parameters are not the license's default
	Parameters overlay.Parameters // in use: those set, else the license's default
	Pinned     []string           // verifier keys that came with a license or a fetch
	// Problem is why an installed license is not valid although it was: its file or text is damaged, or
	// its signer is no longer trusted. Parameters are kept where they can be read.
	Problem error
}

// file is the JSON of a store's file.
type file struct {
	Version    int                 `json:"version"`
	Text       string              `json:"text"`
	UploadedAt time.Time           `json:"uploaded_at"`
	Parameters *overlay.Parameters `json:"parameters,omitempty"` // only once they are set for good
	Pinned     []string            `json:"pinned,omitempty"`
}

const fileVersion = 1

// evaluate makes the state of what a file says.
func (s *Store) evaluate(f file) State {
	l, err := Parse(f.Text, s.verifiers(f.Pinned))
	var foreign *ForeignError
	if errors.As(err, &foreign) {
		l, _ = Parse(f.Text, nil) // its terms still say what is in use
	}
	l.Text = f.Text
	state := State{
		Present: true, License: l, UploadedAt: f.UploadedAt, Finalized: f.Parameters != nil,
		Parameters: l.Default, Pinned: f.Pinned, Problem: err,
	}
	if f.Parameters != nil {
		state.Parameters = *f.Parameters
		state.Custom = !equal(state.Parameters, l.Default)
	}
	return state
}

// file is the reverse of evaluate.
func (st State) file() file {
	f := file{Text: st.License.Text, UploadedAt: st.UploadedAt, Pinned: st.Pinned}
	if st.Finalized {
		f.Parameters = &st.Parameters
	}
	return f
}
