package api

import (
	"crypto/tls"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vns3/control"
	"vns3/engine/api/cert"
	"vns3/engine/config"
	"vns3/engine/enginetest"
	"vns3/engine/license"
	"vns3/status"
)

// TestSettingsLive proves that the API follows its part of the file while it runs: password file,
// certificate, address, and whose licenses are taken; that files which cannot be used are named while
// the API goes on with what it had; and that keys which wait for a restart are said to.
func TestSettingsLive(t *testing.T) {
	t.Parallel()
	c := enginetest.Start(t, enginetest.Network(), 1, "")
	s := &site{newCaller(t, newProduct(t), c), c, 1}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	edit := func(changes ...config.Change) {
		t.Helper()
		s.reconfigure(t, changes...)
	}
	warned := func(text string) func(*status.Snapshot) bool {
		return func(snap *status.Snapshot) bool {
			for _, w := range snap.Warnings {
				if w.Code == string(status.APISetting) {
					return text != "" && strings.Contains(w.Text, text)
				}
			}
			return text == ""
		}
	}

	initial := s.password
	passwords := write("password", "from the file\n")
	edit(config.Set("api.password_file", passwords))
	s.password = "from the file"
	s.poll(soon, "the password of the file", func() bool { return s.do("GET", "/config", nil).status == 200 })
	s.password = initial
	s.refused("GET", "/config", nil, 401, "UnauthorizedError", "Authentication information missing or invalid")
	s.password = "from the file"
	s.refused("PUT", "/api_password", object{"password": "some other password"}, 403, "OperationNotAllowedError",
		"API password: it is read from "+passwords+": change that file, then: vns3 config reload")
	write("password", "changed in the file\n")
	enginetest.Must[control.Nothing](t, c, control.ConfigReload{})
	s.password = "changed in the file"
	s.object("GET", "/config", nil)
	edit(config.Set("api.password_file", filepath.Join(dir, "none")))
	s.until("the missing file named", warned("none"))
	s.object("GET", "/config", nil)
	edit(config.Unset("api.password_file"))
	s.until("no warning", warned(""))
	s.object("GET", "/config", nil)

	own := fingerprint(t, c.Address.String()+":8000")
	pair := filepath.Join(dir, "configured")
	if err := os.Mkdir(pair, 0o700); err != nil {
		t.Fatal(err)
	}
	certificate, key := configured(t, pair)
	edit(config.Set("api.tls_cert", certificate), config.Set("api.tls_key", key))
	if now := fingerprint(t, c.Address.String()+":8000"); now == own {
		t.Error("the configured certificate is not in use")
	}
	edit(config.Unset("api.tls_cert"), config.Unset("api.tls_key"))
	if now := fingerprint(t, c.Address.String()+":8000"); now != own {
		t.Error("without a configured certificate the own one is not back")
	}

	edit(config.Set("api.listen", ":8010"))
	s.http.CloseIdleConnections()
	s.base = "https://" + c.Address.String() + ":8010"
	s.poll(soon, "the API at its new port", func() bool { a, err := s.send("GET", "/config", nil); return err == nil && a.status == 200 })
	if conn, err := net.Dial("tcp", c.Address.String()+":8000"); err == nil {
		conn.Close()
		t.Error("the API still listens at its old port")
	}
	trust(t, s, edit)

	edit(config.Set("log.format", "json"))
	if !hasEvent(t, s, "config.restart", "log.format") {
		t.Error("no event says that log.format waits for a restart")
	}
}

// reconfigure replaces the file as an editor does, and returns when the engine has applied it.
func (s *site) reconfigure(t *testing.T, changes ...config.Change) {
	t.Helper()
	raw, err := os.ReadFile(s.Config)
	if err == nil {
		raw, err = config.Edit(raw, changes...)
	}
	if err == nil {
		err = os.WriteFile(s.Config+".new", raw, 0o600)
	}
	if err == nil {
		err = os.Rename(s.Config+".new", s.Config)
	}
	if err != nil {
		t.Fatal(err)
	}
	enginetest.Must[control.Nothing](t, s.Controller, control.ConfigReload{})
}

// trust proves that the licenses of those are taken whom the file names now.
func trust(t *testing.T, s *site, edit func(...config.Change)) {
	t.Helper()
	_, stranger, err := license.GenerateSigner("stranger.example")
	if err != nil {
		t.Fatal(err)
	}
	edit(config.Set("license.trusted", []string{stranger}))
	s.refused("PUT", "/license", issueFor(t, size), 400, "APIArgumentError", "Bad license")
	edit(config.Unset("license.trusted"))
	s.want("PUT /license", s.object("PUT", "/license", issueFor(t, size)), object{"license": "accepted"})
}

// configured makes a certificate as an operator would bring one: that of another controller.
func configured(t *testing.T, dir string) (certificate, key string) {
	t.Helper()
	source, err := cert.NewSource(cert.Options{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	made, err := source.Get(nil)
	if err != nil {
		t.Fatal(err)
	}
	return writeCertificate(t, dir, made), filepath.Join(dir, "api-key.pem")
}

// fingerprint is that of the certificate which an address shows.
func fingerprint(t *testing.T, address string) string {
	t.Helper()
	conn, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return cert.Fingerprint(conn.ConnectionState().PeerCertificates[0])
}

func hasEvent(t *testing.T, s *site, code, text string) bool {
	t.Helper()
	events, err := s.Events(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range events {
		if e.Code == code && strings.Contains(e.Text, text) {
			return true
		}
	}
	return false
}

func writeCertificate(t *testing.T, dir string, made *tls.Certificate) string {
	t.Helper()
	path := filepath.Join(dir, "certificate.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: made.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
