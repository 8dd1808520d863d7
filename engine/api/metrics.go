package api

import (
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"vns3/control"
	"vns3/status"
)

// metric is one line of the table of metrics. Labels are bounded: a peer's ID (1…9), a state, a
// severity, a reason of the forwarder. There is nothing per client.
type metric struct {
	name   string
	help   string
	labels []string
	kind   prometheus.ValueType
	read   func(*status.Snapshot, sample)
}

// sample reports one value with its labels.
type sample func(value float64, labels ...string)

const (
	gauge   = prometheus.GaugeValue
	counter = prometheus.CounterValue
)

// metricTable is every metric of GET /metrics: the one table that serves and documents them.
var metricTable = []metric{
	{"vns3_info", "Version and identity of the controller; always 1.", []string{"version", "controller", "topology_checksum"}, gauge, func(s *status.Snapshot, put sample) {
		put(1, s.Controller.Version, strconv.Itoa(s.Controller.ID), s.Controller.TopologyChecksum)
	}},
	{"vns3_uptime_seconds", "Time since the engine started.", nil, gauge, func(s *status.Snapshot, put sample) { put(float64(s.System.EngineS)) }},
	{"vns3_licensed", "1 with a license whose parameters are set.", nil, gauge, func(s *status.Snapshot, put sample) { put(flag(ready(s))) }},
	{"vns3_keyset_present", "1 with a keyset.", nil, gauge, func(s *status.Snapshot, put sample) { put(flag(s.Keyset.Present)) }},
	{"vns3_draining", "1 while the controller is drained.", nil, gauge, func(s *status.Snapshot, put sample) { put(flag(s.Controller.Draining)) }},
	{"vns3_config_valid", "1 while the configuration file is the one in use.", nil, gauge, func(s *status.Snapshot, put sample) { put(flag(s.Config.Error == "")) }},
	{"vns3_fetch_open", "1 while others may fetch the keyset here.", nil, gauge, func(s *status.Snapshot, put sample) { put(flag(s.Fetch.Open)) }},
	{"vns3_fetch_failures_total", "Wrong tokens shown by fetching controllers.", nil, counter, func(s *status.Snapshot, put sample) { put(float64(s.Fetch.Failures)) }},

	{"vns3_peer_up", "1 while the direct link to the peer is up.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return flag(p.State == status.Up) })},
	{"vns3_peer_reachable", "1 while the direct link to the peer is up or suspect.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return flag(p.Reachable) })},
	{"vns3_peer_rtt_seconds", "Round-trip time to the peer.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return p.RTTms / 1000 })},
	{"vns3_peer_jitter_seconds", "Variation of the round-trip time.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return p.JitterMs / 1000 })},
	{"vns3_peer_loss_ratio", "Share of heartbeats lost, 0 to 1.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return p.Loss })},
	{"vns3_peer_mtu_bytes", "MTU in use inside the tunnel.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return float64(p.MTU) })},
	{"vns3_peer_transmit_bytes_total", "Bytes sent to the peer.", []string{"peer"}, counter, peers(func(p status.Peer) float64 { return float64(p.TxBytes) })},
	{"vns3_peer_receive_bytes_total", "Bytes received from the peer.", []string{"peer"}, counter, peers(func(p status.Peer) float64 { return float64(p.RxBytes) })},
	{"vns3_peer_last_handshake_timestamp_seconds", "Time of the last WireGuard handshake, 0 if never.", []string{"peer"}, gauge, peers(func(p status.Peer) float64 { return float64(unixOrZero(p.LastHandshake)) })},
	{"vns3_peer_checksum_equal", "1 while the peer has this topology checksum, 0 while it has another; absent while not known.", []string{"peer"}, gauge, func(s *status.Snapshot, put sample) {
		for _, p := range s.Peers {
			if p.ChecksumEqual != nil {
				put(flag(*p.ChecksumEqual), strconv.Itoa(p.ID))
			}
		}
	}},

	{"vns3_mesh_controllers_reachable", "Controllers that a path leads to, this one included.", nil, gauge, func(s *status.Snapshot, put sample) {
		put(count(s.Controllers, func(c status.MeshController) bool { return c.Reachable || c.Self }))
	}},
	{"vns3_clients_connected", "Client servers connected to this controller.", nil, gauge, func(s *status.Snapshot, put sample) {
		put(count(s.Clients, func(c status.Client) bool { return c.Connected && c.ControllerID == s.Controller.ID }))
	}},
	{"vns3_mesh_clients_connected", "Client servers connected to any controller of the mesh.", nil, gauge, func(s *status.Snapshot, put sample) {
		put(count(s.Clients, func(c status.Client) bool { return c.Connected }))
	}},
	{"vns3_routes_active", "Routes that packets follow now.", nil, gauge, func(s *status.Snapshot, put sample) {
		put(count(s.Routes, func(r status.Route) bool { return r.Active }))
	}},
	{"vns3_packets_total", "Packets forwarded, consumed and dropped, by reason.", []string{"reason"}, counter, func(s *status.Snapshot, put sample) {
		for reason, n := range s.Counters {
			put(float64(n), strings.ToValidUTF8(reason, "?"))
		}
	}},
	{"vns3_warnings", "Warnings shown now, by severity.", []string{"severity"}, gauge, func(s *status.Snapshot, put sample) {
		for _, severity := range []status.Severity{status.Info, status.Warn, status.Error} {
			put(count(s.Warnings, func(w status.Warning) bool { return w.Severity == severity }), string(severity))
		}
	}},
	{"vns3_events_total", "Events since the engine started.", nil, counter, func(s *status.Snapshot, put sample) { put(float64(s.EventSeq)) }},

	{"vns3_engine_resident_memory_bytes", "Memory of the engine.", nil, gauge, func(s *status.Snapshot, put sample) { put(float64(s.System.EngineRSS)) }},
	{"vns3_engine_cpu_ratio", "Processor time of the engine, 1 is a whole core.", nil, gauge, func(s *status.Snapshot, put sample) { put(s.System.EngineCPU / 100) }},
	{"vns3_engine_goroutines", "Goroutines of the engine.", nil, gauge, func(s *status.Snapshot, put sample) { put(float64(s.System.Goroutines)) }},
	{"vns3_clock_offset_seconds", "Median of the peers' clocks minus this one.", nil, gauge, func(s *status.Snapshot, put sample) { put(s.System.ClockOffset / 1000) }},
}

// Metric documents a metric of GET /metrics.
type Metric struct {
	Name   string
	Type   string // "gauge" or "counter"
	Labels []string
	Help   string
}

// Metrics returns every metric there is, in the order of the table.
func Metrics() []Metric {
	var all []Metric
	for _, m := range metricTable {
		kind := "gauge"
		if m.kind == counter {
			kind = "counter"
		}
		all = append(all, Metric{Name: m.name, Type: kind, Labels: m.labels, Help: m.help})
	}
	return all
}

// peers samples every peer that a row names.
func peers(read func(status.Peer) float64) func(*status.Snapshot, sample) {
	return func(s *status.Snapshot, put sample) {
		for _, p := range s.Peers {
			if !p.Self && p.State != status.NotSet {
				put(read(p), strconv.Itoa(p.ID))
			}
		}
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

func count[T any](all []T, is func(T) bool) float64 {
	n := 0
	for _, one := range all {
		if is(one) {
			n++
		}
	}
	return float64(n)
}

// collector reads every metric from one snapshot, so that they fit together.
type collector struct {
	backend control.Backend
	descs   []*prometheus.Desc
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	snap := c.backend.Snapshot()
	if snap == nil {
		return
	}
	for i, m := range metricTable {
		m.read(snap, func(value float64, labels ...string) {
			out <- prometheus.MustNewConstMetric(c.descs[i], m.kind, value, labels...)
		})
	}
}

// metricsHandler serves GET /metrics.
func metricsHandler(b control.Backend, log *slog.Logger) http.Handler {
	c := &collector{backend: b}
	for _, m := range metricTable {
		c.descs = append(c.descs, prometheus.NewDesc(m.name, m.help, m.labels, nil))
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(c)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorLog:            slog.NewLogLogger(log.Handler(), slog.LevelWarn),
		MaxRequestsInFlight: 4,
	})
}
