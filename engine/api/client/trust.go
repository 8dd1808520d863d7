package client

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"sync"

	"vns3/control"
	"vns3/engine/api/cert"
)

// trust decides whether the other side is the controller it was: by the topology's authority, else by
// the key that it showed the first time.
//
// The file of known hosts has one line for each: HOST:PORT, a space, cert.Fingerprint.
type trust struct {
	host      string
	file      string
	authority func() (cert.Seed, bool)
	first     func(host, fingerprint string)

	mu  sync.Mutex
	pin string // where there is no file
}

func newTrust(t Target, host string) *trust {
	return &trust{host: host, file: t.KnownHosts, authority: t.Authority, first: t.FirstContact}
}

// config is a TLS configuration that asks trust and nobody else: certificates are self-signed.
func (t *trust) config() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		NextProtos:         []string{"http/1.1"},
		InsecureSkipVerify: true, // replaced by VerifyConnection
		VerifyConnection:   t.verify,
	}
}

func (t *trust) verify(state tls.ConnectionState) error {
	leaf := state.PeerCertificates[0]
	if t.authority != nil {
		if seed, ok := t.authority(); ok && cert.SignedBy(leaf, seed) {
			return nil
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	shown := cert.Fingerprint(leaf)
	known, err := t.known()
	switch {
	case err != nil:
		return err
	case known == shown:
		return nil
	case known == "":
		if err := t.remember(shown); err != nil {
			return err
		}
		if t.first != nil {
			t.first(t.host, shown)
		}
		return nil
	}
	where := t.file
	if where == "" {
		where = "this session"
	}
	return &control.Error{
		Kind: control.NotAllowed, What: "certificate of " + t.host,
		Reason: "its key is not the one seen before: it was installed anew, or somebody is in between",
		Remedy: fmt.Sprintf("if it was installed anew, remove its line from %s", where),
	}
}

// known is the fingerprint seen before, or nothing.
func (t *trust) known() (string, error) {
	if t.file == "" {
		return t.pin, nil
	}
	body, err := os.ReadFile(t.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read known controllers: %w", err)
	}
	lines := bufio.NewScanner(bytes.NewReader(body))
	for lines.Scan() {
		if host, fingerprint, ok := strings.Cut(lines.Text(), " "); ok && host == t.host {
			return fingerprint, nil
		}
	}
	return "", lines.Err()
}

func (t *trust) remember(fingerprint string) error {
	if t.file == "" {
		t.pin = fingerprint
		return nil
	}
	f, err := os.OpenFile(t.file, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err == nil {
		_, err = fmt.Fprintf(f, "%s %s\n", t.host, fingerprint)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		return fmt.Errorf("note the key of %s: %w", t.host, err)
	}
	return nil
}
