package apitest

import (
	"context"
	"crypto/tls"
	"io"
	"log/slog"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/api/access"
	"vns3/engine/api/cert"
	"vns3/status"
)

// Password is the API password of every Site.
const Password = "correct horse battery staple"

// FastCost makes password hashes that tests can afford.
var FastCost = access.Cost{MemoryKiB: 64, Passes: 1}

// Quick paces restarts for tests.
var Quick = api.RestartTiming{Settle: 20 * time.Millisecond, SettleKeyset: 60 * time.Millisecond, Down: 80 * time.Millisecond}

// Site is a simulated controller with the true API server in front of it.
type Site struct {
	*Controller
	Server *api.Server
	Access *access.Store
	Dir    string
	Socket string
	Now    func() time.Time
}

// SiteOptions change a Site from its defaults.
type SiteOptions struct {
	Controller Options
	Authority  func() (cert.Seed, bool)
	Serve      func(*api.Options)                // last word on the server's options
	Tune       func(*api.Server)                 // before it runs
	Backend    func(*Controller) control.Backend // in front of the controller; nil: it itself
}

// Start runs a site on loopback, on ports of its own, until the test ends.
func Start(t testing.TB, o SiteOptions) *Site {
	t.Helper()
	dir := t.TempDir()
	site := &Site{Dir: dir, Socket: filepath.Join(dir, "vns3.sock"), Now: o.Controller.Now}
	if site.Now == nil {
		site.Now = time.Now
	}
	var reporting sync.Mutex
	report := func(e status.Event) {
		reporting.Lock()
		defer reporting.Unlock()
		if site.Controller != nil {
			site.Controller.Report(e)
		}
	}
	users, err := access.Open(access.Options{Dir: dir, Now: site.Now, Cost: FastCost, Events: report})
	must(t, err)
	_, err = users.SetPassword(control.AccessPassword{Password: Password})
	must(t, err)
	certificates, err := cert.NewSource(cert.Options{Dir: dir, Authority: o.Authority})
	must(t, err)
	o.Controller.Access = users
	o.Controller.Restart = func(fetched bool) {
		if fetched {
			site.Server.Restart(api.KeysetFetched)
		} else {
			site.Server.Restart(api.ParametersSet)
		}
	}
	reporting.Lock()
	site.Controller, site.Access = New(o.Controller), users
	reporting.Unlock()
	options := api.Options{
		Backend: site.Controller, Access: users, Certificates: certificates,
		Listen: []string{"127.0.0.1:0"}, Socket: site.Socket,
		Log: slog.New(slog.NewTextHandler(io.Discard, nil)), Events: report, Now: site.Now, Timing: Quick,
	}
	if o.Backend != nil {
		options.Backend = o.Backend(site.Controller)
	}
	if o.Serve != nil {
		o.Serve(&options)
	}
	site.Server, err = api.New(options)
	must(t, err)
	if o.Tune != nil {
		o.Tune(site.Server)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- site.Server.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Run: %v", err)
		}
		site.Controller.Close()
	})
	select {
	case <-site.Server.Ready():
	case err := <-ended:
		t.Fatalf("Run ended: %v", err)
	}
	return site
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// URL is the address of the API over HTTPS.
func (s *Site) URL() string { return "https://" + s.Addr() }

// Addr is HOST:PORT of the HTTPS listener.
func (s *Site) Addr() string { return s.Server.Addrs()[0].String() }

// Client is an HTTP client that trusts any certificate. Its connections end with the test.
func (s *Site) Client(t testing.TB) *http.Client {
	transport := &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// SocketClient is an HTTP client on the local socket; the host in its URLs does not matter.
func (s *Site) SocketClient(t testing.TB) *http.Client {
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", s.Socket)
	}}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: 20 * time.Second}
}

// SetUp takes the controller from unconfigured to a license and a keyset, without a restart.
func (s *Site) SetUp(t testing.TB, controllers, clients int) {
	t.Helper()
	restart := s.Controller.o.Restart
	s.Controller.o.Restart = nil
	defer func() { s.Controller.o.Restart = restart }()
	for _, q := range []control.Request{
		control.LicenseInstall{Text: LicenseText(controllers, clients)},
		control.LicenseParameters{Default: true},
		control.KeysetGenerate{Topology: "Simulated", Token: "a security token", Strict: true},
	} {
		_, err := s.Controller.Do(t.Context(), q)
		must(t, err)
	}
	for snap := s.Snapshot(); !snap.Keyset.Present; {
		next, err := s.Wait(t.Context(), snap)
		must(t, err)
		snap = next
	}
}
