package mesh

import (
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"vns3/engine/api"
	"vns3/internal/lab"
	"vns3/status"
)

const password = "a-password-for-metrics"

// A mesh that runs is scraped as Prometheus does it, over HTTPS with a password. Prometheus's parser takes
// the text, its linter finds nothing against the conventions, every metric is a documented one, all
// documented ones are there, the values are those of the mesh, and a client server adds no series.
func TestMetrics(t *testing.T) {
	t.Parallel()
	l := lab.New(t, 3)
	l.Mesh()
	m := l.Of(1)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.Must("access", "password", "--password-file", file)
	calm(l, lab.Patience)

	before := scrape(t, m)
	for _, want := range []struct {
		name, label string
		value       float64
	}{
		{"vns3_peer_up", "2", 1}, {"vns3_peer_up", "3", 1}, {"vns3_peer_checksum_equal", "3", 1},
		{"vns3_mesh_controllers_reachable", "", 3}, {"vns3_keyset_present", "", 1}, {"vns3_clients_connected", "", 0},
	} {
		if got := value(before[want.name], want.label); got != want.value {
			t.Errorf("%s %s is %v, want %v", want.name, want.label, got, want.value)
		}
	}
	client := l.Client(1)
	client.JoinAt(m, 1)
	m.HeldBy(client, 1)
	l.Of(2).Kill()
	m.Until(lab.Patience, "link 2 is down", func(s *status.Snapshot) bool { return lab.Peer(s, 2).State == status.Down })
	after := scrape(t, m)
	if n := value(after["vns3_clients_connected"], ""); n != 1 {
		t.Errorf("%v clients are connected, want 1", n)
	}
	if up := value(after["vns3_peer_up"], "2"); up != 0 {
		t.Errorf("the dead peer is up: %v", up)
	}
	if a, b := series(before), series(after); a != b {
		t.Errorf("%d series, %d with a client server and without a peer: want the same number", a, b)
	}
}

// scrape reads the metrics of a controller and holds them against conventions and documentation.
func scrape(t *testing.T, m *lab.Machine) map[string]*dto.MetricFamily {
	t.Helper()
	text := get(t, m, "/metrics")
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("Prometheus does not take it: %v\n%s", err, text)
	}
	problems, err := promlint.New(bytes.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("against the conventions: %v %v", problems, err)
	}
	documented := map[string]api.Metric{}
	for _, d := range api.Metrics() {
		documented[d.Name] = d
		if families[d.Name] == nil {
			t.Errorf("%s is documented and not there", d.Name)
		}
	}
	for name, family := range families {
		d, ok := documented[name]
		if !ok {
			t.Errorf("%s is there and not documented", name)
		}
		for _, one := range family.GetMetric() {
			if names := labels(one); !slices.Equal(names, slices.Sorted(slices.Values(d.Labels))) {
				t.Errorf("%s has the labels %v, %v are documented", name, names, d.Labels)
			}
		}
	}
	return families
}

func labels(m *dto.Metric) (names []string) {
	for _, label := range m.GetLabel() {
		names = append(names, label.GetName())
	}
	slices.Sort(names)
	return names
}

// value is that of the series with the label's value; none: -1.
func value(family *dto.MetricFamily, label string) float64 {
	for _, one := range family.GetMetric() {
		if label == "" || slices.ContainsFunc(one.GetLabel(), func(l *dto.LabelPair) bool { return l.GetValue() == label }) {
			return one.GetGauge().GetValue() + one.GetCounter().GetValue()
		}
	}
	return -1
}

func series(families map[string]*dto.MetricFamily) (n int) {
	for _, family := range families {
		n += len(family.GetMetric())
	}
	return n
}

// get asks the API of a controller from its own network.
func get(t *testing.T, m *lab.Machine, path string) []byte {
	t.Helper()
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, // the certificate is the controller's own
		DialContext: func(_ context.Context, network, address string) (c net.Conn, err error) {
			m.NS.Run(func() { c, err = net.DialTimeout(network, address, lab.Patience) })
			return c, err
		},
	}
	defer transport.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+m.Address+":8000"+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.SetBasicAuth("api", password)
	response, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %s, %v\n%s", path, response.Status, err, body)
	}
	return body
}
