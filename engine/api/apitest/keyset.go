package apitest

import (
	"crypto/sha1"
	"encoding/hex"

	"vns3/control"
	"vns3/status"
)

// Keys are what a simulated fetch brings.
type Keys struct {
	Token    string
	Checksum string
	Topology string
	License  string
}

// Keys returns this controller's, for another one's Options.Fetch; false without a keyset.
func (c *Controller) Keys() (Keys, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.keys, c.snap.Keyset.Present
}

func (c *Controller) mayHaveKeys() error {
	switch {
	case c.snap.Keyset.Present:
		return &control.Error{Kind: control.Exists, What: "keyset", Reason: "there is one already", Remedy: "remove it first"}
	case c.busy("keyset"):
		return &control.Error{Kind: control.InProgress, What: "keyset", Reason: "it is being set up"}
	}
	return nil
}

func (c *Controller) generate(q control.KeysetGenerate) (control.TaskStarted, error) {
	if !c.snap.Controller.License.Finalized {
		return control.TaskStarted{}, &control.Error{Kind: control.Unlicensed, Reason: "there is no license"}
	}
	if err := c.mayHaveKeys(); err != nil {
		return control.TaskStarted{}, err
	}
	sum := sha1.Sum([]byte(q.Token + q.Topology))
	keys := Keys{Token: q.Token, Checksum: hex.EncodeToString(sum[:]), Topology: q.Topology, License: c.license.text}
	return c.task(q.Action(), "Generate the keyset", func(s *status.Snapshot, _ *status.Task) { c.take(s, keys, "generated") }), nil
}

func (c *Controller) fetch(q control.KeysetFetch) (control.TaskStarted, error) {
	if err := c.mayHaveKeys(); err != nil {
		return control.TaskStarted{}, err
	}
	return c.task(q.Action(), "Fetch the keyset", func(s *status.Snapshot, t *status.Task) {
		if c.o.Fetch == nil {
			t.State, t.Error, t.Reason = status.Failed, "unreachable", "nobody answers at "+q.Source
			return
		}
		keys, err := c.o.Fetch(q.Source, q.Token)
		if err != nil {
			t.State, t.Error, t.Reason = status.Failed, "refused", err.Error()
			return
		}
		c.license = installed{text: keys.License, at: c.o.Now()}
		if c.license.parameters, err = readLicense(keys.License); err != nil {
			t.State, t.Error, t.Reason = status.Failed, "license", err.Error()
			return
		}
		c.restart(true)
		c.finalize(s)
		c.take(s, keys, q.Source)
	}), nil
}

func (c *Controller) take(s *status.Snapshot, keys Keys, source string) {
	c.keys = keys
	s.Keyset = status.Keyset{Present: true, UUID: "8effb1ea-aa5d-11e9-aaf4-02935c82307a", CreatedAt: c.o.Now(), Checksum: keys.Checksum, Source: source}
	s.Controller.KeysetPresent, s.Controller.TopologyChecksum = true, keys.Checksum
	if keys.Topology != "" {
		s.Controller.TopologyName = keys.Topology
	}
}
