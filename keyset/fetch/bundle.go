package fetch

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"vns3/engine/license"
	"vns3/keyset"
	"vns3/overlay"
	"vns3/peering"
)

// Bundle is what a source gives to a controller that proved the security token.
type Bundle struct {
	Keyset       *keyset.Keyset
	LicenseText  string
	Verifiers    []string           // public keys of those who may sign licenses
	Overlay      overlay.Parameters // in use
	Finalized    bool               // Overlay is set for good
	TopologyName string
	PeeringRows  map[int]string // the source's peering table, as peering.Row writes rows
	SourceID     int            // the source's own ID; 0: not set
	SourceName   string
	Version      string          // of the source's program
	Checksum     keyset.Checksum // the source's topology checksum

	// Token is the verifier of the token that was proved. It does not travel: the fetching side makes it.
	Token keyset.TokenVerifier
}

// wireBundle is the JSON of a bundle.
type wireBundle struct {
	Keyset      []byte             `json:"keyset"` // as its file holds it
	License     string             `json:"license"`
	Verifiers   []string           `json:"verifiers"`
	Overlay     overlay.Parameters `json:"overlay"`
	Finalized   bool               `json:"finalized"`
	Topology    string             `json:"topology"`
	PeeringRows map[int]string     `json:"peering"`
	SourceID    int                `json:"source_id"`
	SourceName  string             `json:"source_name"`
	Version     string             `json:"version"`
	Checksum    string             `json:"checksum"`
}

func (b *Bundle) encode() []byte {
	data, err := json.Marshal(wireBundle{
		Keyset: b.Keyset.Encode(), License: b.LicenseText, Verifiers: b.Verifiers, Overlay: b.Overlay, Finalized: b.Finalized,
		Topology: b.TopologyName, PeeringRows: b.PeeringRows, SourceID: b.SourceID, SourceName: b.SourceName,
		Version: b.Version, Checksum: b.Checksum.String(),
	})
	if err != nil {
		panic("fetch: " + err.Error()) // no field can refuse
	}
	return data
}

// decodeBundle reads a bundle and verifies all of it: half a topology must never be written.
func decodeBundle(data []byte) (*Bundle, error) {
	var w wireBundle
	if err := json.Unmarshal(data, &w); err != nil {
		return nil, err
	}
	k, err := keyset.Decode(w.Keyset)
	if err != nil {
		return nil, err
	}
	b := &Bundle{
		Keyset: k, LicenseText: w.License, Verifiers: w.Verifiers, Overlay: w.Overlay, Finalized: w.Finalized,
		TopologyName: printable(w.Topology), PeeringRows: w.PeeringRows, SourceID: w.SourceID, SourceName: printable(w.SourceName),
		Version: printable(w.Version),
	}
	if err := b.verify(); err != nil {
		return nil, err
	}
	b.Checksum = k.Checksum(b.Overlay)
	if b.Checksum.String() != w.Checksum {
		return nil, fmt.Errorf("its topology checksum is %.60q, here the same keys and parameters give %v", w.Checksum, b.Checksum)
	}
	return b, nil
}

func (b *Bundle) verify() error {
	if err := b.Overlay.Validate(); err != nil {
		return err
	}
	if _, err := license.Parse(b.LicenseText, b.Verifiers); err != nil {
		return err
	}
	if b.SourceID != 0 && !peering.ValidID(b.SourceID) {
		return fmt.Errorf("there is no controller %d", b.SourceID)
	}
	for id, text := range b.PeeringRows {
		if !peering.ValidID(id) {
			return fmt.Errorf("its peering table has a row %d", id)
		}
		if _, err := peering.ParseRow(text); err != nil {
			return fmt.Errorf("row %d of its peering table: %w", id, err)
		}
	}
	return nil
}

// offer is what the source says of itself before anything is proved.
func (b *Bundle) offer(sid []byte) offer {
	return offer{
		Protocol: protocol, SID: sid, Salt: b.Token.Salt[:], Cost: b.Token.Cost, Keyset: b.Keyset.UUID,
		ID: b.SourceID, Name: printable(b.SourceName), Topology: printable(b.TopologyName), Version: printable(b.Version),
	}
}

// Stores is where a bundle is kept.
type Stores struct {
	Keyset  *keyset.Store
	License *license.Store
	Now     time.Time
}

// Save keeps the bundle: license first, keyset last, so that after a crash there is the whole topology or
// no keyset. Where a keyset is there already the error is keyset.ErrExists, and nothing changes.
func (b *Bundle) Save(to Stores) error {
	if b.Keyset == nil {
		return errors.New("save fetched keyset: the bundle is empty")
	}
	adoption := license.Adoption{Text: b.LicenseText, Verifiers: b.Verifiers, Parameters: b.Overlay, Finalized: b.Finalized}
	return to.Keyset.Save(keyset.New{
		Keyset: b.Keyset,
		Token:  b.Token,
		Before: func() error { return to.License.Adopt(adoption, to.Now) },
	})
}
