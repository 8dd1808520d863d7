package keyset

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"vns3/overlay"
)

const (
	fileMagic   = "vns3 keyset "
	fileVersion = "1"
)

// wire is the JSON of a keyset: the one form in which its master secret leaves the program.
type wire struct {
	UUID      string             `json:"uuid"`
	CreatedAt time.Time          `json:"created_at"`
	Topology  string             `json:"topology"`
	Source    string             `json:"source"`
	Master    []byte             `json:"master"`
	Overlay   overlay.Parameters `json:"overlay"`
}

// FormatError says that bytes are not a keyset that this program can use.
type FormatError struct {
	Reason string
}

// Error gives the reason.
func (e *FormatError) Error() string { return "not a usable keyset: " + e.Reason }

// Encode returns the keyset as its file holds it, master secret included.
func (k *Keyset) Encode() []byte {
	body, err := json.Marshal(wire{k.UUID, k.CreatedAt, k.Topology, k.Source, (*k.master)[:], k.Overlay})
	if err != nil {
		panic("keyset: " + err.Error()) // no field can refuse
	}
	body = append(body, '\n')
	return append([]byte(fileMagic+fileVersion+" "+digest(body)+"\n"), body...)
}

// Decode reads what Encode wrote. Errors are *FormatError.
func Decode(data []byte) (*Keyset, error) {
	head, body, _ := bytes.Cut(data, []byte("\n"))
	fields, found := strings.CutPrefix(string(head), fileMagic)
	version, sum, _ := strings.Cut(fields, " ")
	switch {
	case !found:
		return nil, &FormatError{"it does not begin as a keyset does"}
	case version != fileVersion:
		return nil, &FormatError{fmt.Sprintf("it has format %.20q, and this vns3 reads format %s: use the vns3 that wrote it", version, fileVersion)}
	case sum != digest(body):
		return nil, &FormatError{"it is damaged (its digest does not match): restore it from a backup, or remove it and fetch the keyset again"}
	}
	k, err := decodeBody(body)
	if err != nil {
		return nil, &FormatError{err.Error()}
	}
	return k, nil
}

func decodeBody(body []byte) (*Keyset, error) {
	var w wire
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, errors.New("there is more after the keyset")
	}
	if len(w.Master) != KeySize {
		return nil, fmt.Errorf("the master secret has %d bytes, not %d", len(w.Master), KeySize)
	}
	k := &Keyset{UUID: w.UUID, CreatedAt: w.CreatedAt, Topology: w.Topology, Source: w.Source, Overlay: w.Overlay, master: hide(Secret(w.Master))}
	return k, k.validate()
}

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return hex.EncodeToString(sum[:])
}
