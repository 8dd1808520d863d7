// Package status is what can be seen of a controller: the Snapshot and its parts, warnings and events.
//
// The engine publishes one immutable Snapshot at a time. Its JSON is `vns3 status --json` and the
// stream of the local socket; console, commands and API read nothing else. This package only
// describes: it opens nothing, and nothing in it changes a controller.
package status

import (
	"time"

	"vns3/overlay"
	"vns3/peering"
)

// Snapshot is everything that can be seen of a controller at one instant. It is never changed after
// it was published; whoever wants to change a part copies it.
type Snapshot struct {
	At          time.Time         `json:"at"`
	Controller  Controller        `json:"controller"`
	Peering     Peering           `json:"peering"`
	Keyset      Keyset            `json:"keyset"`
	Peers       []Peer            `json:"peers"`       // one for each row of the license (unlicensed: each row held)
	Controllers []MeshController  `json:"controllers"` // every controller that the mesh knows, this one included
	Links       []Link            `json:"links"`       // each direction of each link that the mesh knows
	Clients     []Client          `json:"clients"`     // every clientpack that was ever handed out or connected
	Routes      []Route           `json:"routes"`
	System      System            `json:"system"`
	Config      Config            `json:"config"`
	Tasks       []Task            `json:"tasks"`
	Fetch       Fetch             `json:"fetch"`
	Suggestion  *Suggestion       `json:"suggestion,omitempty"` // what a fetched keyset brought with it
	Warnings    []Warning         `json:"warnings"`             // most severe first
	EventSeq    uint64            `json:"event_seq"`            // sequence number of the newest event
	Counters    map[string]uint64 `json:"counters"`             // packets forwarded, consumed and dropped, by reason
}

// Mode says in what the engine runs.
type Mode string

// The modes of an engine.
const (
	Console  Mode = "console" // inside a console's process; ends with it
	Headless Mode = "headless"
	Demo     Mode = "demo"
)

// Controller is this controller's identity.
type Controller struct {
	ID               int                 `json:"id"` // 0: no row says "this instance"
	Name             string              `json:"name"`
	TopologyName     string              `json:"topology_name"`
	TopologyChecksum string              `json:"topology_checksum"` // 40 hex digits; empty without a keyset
	OverlayAddress   string              `json:"overlay_ipaddress"`
	VIP              string              `json:"my_manager_vip"`
	ASN              int                 `json:"asn"`
	PrivateAddress   string              `json:"private_address"`
	SubnetGateway    string              `json:"subnet_gateway,omitempty"` // this machine's next hop; empty: none
	PublicAddress    string              `json:"public_address"`           // as peers see it; empty while unknown
	Listen           string              `json:"listen"`                   // empty: all addresses
	Version          string              `json:"version"`
	Interface        string              `json:"interface"` // kernel interface; empty: none
	License          License             `json:"license"`
	Overlay          *overlay.Parameters `json:"overlay,omitempty"` // nil while unlicensed
	KeysetPresent    bool                `json:"keyset_present"`
	Peered           bool                `json:"peered"` // the own ID is set
	Draining         bool                `json:"draining"`
	Mode             Mode                `json:"mode"`
	StartedAt        time.Time           `json:"started_at"`
	DataDir          string              `json:"data_dir"`
	NTPHosts         []string            `json:"ntp_hosts"`
}

// License is what the license in use allows.
type License struct {
	Licensed    bool      `json:"licensed"`
	Finalized   bool      `json:"finalized"` // its parameters are set for good
	Community   bool      `json:"community"` // the built-in one
	Topology    string    `json:"topology"`
	Controllers int       `json:"controllers"` // how many the topology may have
	Clientpacks int       `json:"clientpacks"`
	Signer      string    `json:"signer"`
	SHA1        string    `json:"sha1_checksum"`
	UploadedAt  time.Time `json:"uploaded_at"`
	Expires     time.Time `json:"expires"` // zero: never
	Expired     bool      `json:"expired"`
}

// Peering is the peering table as it runs, and what an edit of it has to know.
type Peering struct {
	Table   peering.Table  `json:"table"`
	State   string         `json:"state"`            // "empty", "incomplete", "complete"
	Staged  *peering.Table `json:"staged,omitempty"` // API edits made with force:false, not yet applied
	Version string         `json:"version"`          // changes with every change of the file; an edit names the one it saw
}

// Keyset is what may be shown of the keyset: never a key.
type Keyset struct {
	Present   bool      `json:"keyset_present"`
	UUID      string    `json:"uuid"`
	CreatedAt time.Time `json:"created_at"`
	Checksum  string    `json:"checksum"` // the topology checksum
	Source    string    `json:"source"`   // "generated", or the address fetched from
}

// PeerState is the state of a row of the peering table as this controller sees it.
type PeerState string

// The states of a peer.
const (
	NotSet     PeerState = "not_set"
	Unresolved PeerState = "unresolved" // its name has no address yet
	Down       PeerState = "down"
	Init       PeerState = "init" // we hear it, it does not say that it hears us
	Up         PeerState = "up"
	Suspect    PeerState = "suspect" // silent for a moment; traffic goes round it
)

// Peer is a row of the peering table and the link behind it.
type Peer struct {
	ID               int       `json:"id"`
	Self             bool      `json:"self"` // this row is this instance
	OverlayAddress   string    `json:"overlay_ipaddress"`
	Address          string    `json:"address"`  // as configured
	Resolved         string    `json:"resolved"` // IP:port in use
	State            PeerState `json:"state"`
	Reachable        bool      `json:"reachable"` // direct link up or suspect
	Since            time.Time `json:"since"`     // of the state
	RTTms            float64   `json:"rtt_ms"`
	JitterMs         float64   `json:"jitter_ms"`
	Loss             float64   `json:"loss"` // 0…1
	MTU              int       `json:"mtu"`  // in use inside the tunnel
	ConfiguredMTU    int       `json:"configured_mtu"`
	TxBytes          uint64    `json:"tx_bytes"`
	RxBytes          uint64    `json:"rx_bytes"`
	LastHandshake    time.Time `json:"last_handshake"` // zero: never
	TopologyChecksum string    `json:"topology_checksum"`
	ChecksumEqual    *bool     `json:"checksum_equal"` // nil: not known
	NextHop          int       `json:"next_hop"`       // ID that traffic for it goes to; its own ID: direct; 0: none
	Path             []int     `json:"path"`           // IDs from this controller to it; empty: unreachable
	Reason           string    `json:"reason"`         // warning code; empty: nothing to say
	Checks           []Check   `json:"checks"`         // what the doctor found, in the order it looks
	RTTHistory       []float64 `json:"rtt_history"`    // ms, one a second, newest last, at most 60
}

// Check is one finding of the doctor about a peer or a client.
type Check struct {
	What     string `json:"what"`    // "name", "port", "key", "id", "peered", "checksum", "clock", "mtu", "loss", …
	Verdict  string `json:"verdict"` // "ok", "warning", "error", "unknown"
	Text     string `json:"text"`
	Remedy   string `json:"remedy"`
	Evidence string `json:"evidence"`
}

// MeshController is a controller as the mesh knows it.
type MeshController struct {
	ID        int       `json:"id"`
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Addresses []string  `json:"addresses"`
	Checksum  string    `json:"checksum"`
	Draining  bool      `json:"draining"`
	Clients   int       `json:"clients"` // how many it holds
	LastHeard time.Time `json:"last_heard"`
	Reachable bool      `json:"reachable"` // a path to it exists
	Self      bool      `json:"self"`
}

// Link is one direction of a link as the mesh knows it.
type Link struct {
	From    int       `json:"from"`
	To      int       `json:"to"`
	State   PeerState `json:"state"`
	RTTms   float64   `json:"rtt_ms"`
	Loss    float64   `json:"loss"`
	Cost    uint32    `json:"cost"`
	TxBytes uint64    `json:"tx_bytes"`
	TxRate  float64   `json:"tx_rate"` // bytes a second
}

// Client is a clientpack and the client server that uses it.
type Client struct {
	Name           string            `json:"name"` // overlay address with underscores
	Index          int               `json:"index"`
	OverlayAddress string            `json:"overlay_ipaddress"`
	Endpoint       string            `json:"endpoint"`
	ControllerID   int               `json:"controller_id"` // who holds it; 0: nobody
	Assigned       int               `json:"assigned"`      // controller that its configuration names
	Connected      bool              `json:"connected"`
	Enabled        bool              `json:"enabled"`
	CheckedOut     bool              `json:"checked_out"`
	Outdated       bool              `json:"outdated"` // exported before an endpoint or a route changed
	Since          time.Time         `json:"since"`
	LastHandshake  time.Time         `json:"last_handshake"`
	TxBytes        uint64            `json:"tx_bytes"`
	RxBytes        uint64            `json:"rx_bytes"`
	Reason         string            `json:"reason"` // why not connected, in words
	Tags           map[string]string `json:"tags"`
}

// Route is a route of this controller or one that another controller advertises.
type Route struct {
	ID          int    `json:"id"` // 0: another controller's
	CIDR        string `json:"cidr"`
	Description string `json:"description"`
	Interface   string `json:"interface"`
	Gateway     string `json:"gateway"`
	Metric      int    `json:"metric"`
	Advertise   bool   `json:"advertise"`
	Enabled     bool   `json:"enabled"`
	Controller  int    `json:"controller"` // who advertises it
	Active      bool   `json:"active"`     // packets follow it now
	Reason      string `json:"reason"`     // why it is not active
}

// System is what the machine and the engine use.
type System struct {
	Hostname     string     `json:"hostname"`
	Kernel       string     `json:"kernel"` // release of the operating system's kernel
	UptimeS      int64      `json:"uptime_s"`
	EngineS      int64      `json:"engine_uptime_s"`
	Load         [3]float64 `json:"load"`
	CPUs         int        `json:"cpus"`
	CPUPercent   float64    `json:"cpu_percent"`        // of all cores of the machine
	EngineCPU    float64    `json:"engine_cpu_percent"` // of one core
	MemoryTotal  uint64     `json:"memory_total"`
	MemoryUsed   uint64     `json:"memory_used"`
	EngineRSS    uint64     `json:"engine_rss"`
	DiskTotal    uint64     `json:"disk_total"`
	DiskUsed     uint64     `json:"disk_used"`
	Goroutines   int        `json:"goroutines"`
	ClockOffset  float64    `json:"clock_offset_ms"` // median of the peers' clocks minus ours
	UDPPorts     string     `json:"udp_ports"`       // "ok", or which cannot be bound and why
	APIListening string     `json:"api_listening"`   // "ok", "restarting", or why not
	CPUHistory   []float64  `json:"cpu_history"`     // percent, one a second, newest last, at most 60
	Firewall     Firewall   `json:"firewall"`
}

// Firewall is what this host's own nftables rules do with the ports of this controller.
type Firewall struct {
	Problem string         `json:"problem"` // why the rules could not be read; empty: they were
	Ports   []FirewallPort `json:"ports"`
}

// FirewallPort is one of them, and for a tunnel's port also the way out to the peer.
type FirewallPort struct {
	Port string `json:"port"` // "UDP 1196"
	Peer int    `json:"peer"` // whose packets come there; 0: anybody's
	Check
}

// Config is the state of the configuration file.
type Config struct {
	Path      string    `json:"path"`
	AppliedAt time.Time `json:"applied_at"`
	Error     string    `json:"error"` // why the file as it stands is not in use; empty: it is
	Writable  bool      `json:"writable"`
	Defaults  bool      `json:"defaults"` // there is no file: built-in defaults
	Console   Looks     `json:"console"`  // what the file says of how consoles look
}

// Looks is how consoles look and which keys they take.
type Looks struct {
	Theme string              `json:"theme"`
	Mouse bool                `json:"mouse"`
	ASCII bool                `json:"ascii"`
	Keys  map[string][]string `json:"keys,omitempty"` // of a console's action, instead of its own
}

// TaskState is how far a task is.
type TaskState string

// The states of a task or of one of its steps.
const (
	Waiting TaskState = "waiting"
	Running TaskState = "running"
	Done    TaskState = "done"
	Failed  TaskState = "failed"
)

// Task is long work that goes on by itself: a page, a command and the API all watch the same one.
type Task struct {
	ID         int       `json:"id"`
	Name       string    `json:"name"` // the action: "keyset fetch", …
	Title      string    `json:"title"`
	State      TaskState `json:"state"`
	Steps      []Step    `json:"steps"`
	StartedAt  time.Time `json:"started_at"`
	FinishedAt time.Time `json:"finished_at"`
	Result     string    `json:"result"`
	Error      string    `json:"error"`
	Reason     string    `json:"reason"` // why, in words
	Remedy     string    `json:"remedy"`
	Cancel     bool      `json:"cancellable"`
	Cancelled  bool      `json:"cancelled,omitempty"` // it failed because somebody ended it
}

// Step is one step of a task.
type Step struct {
	Text   string    `json:"text"`
	State  TaskState `json:"state"`
	TookMs float64   `json:"took_ms"`
}

// Fetch is the state of this controller as a source of the keyset.
type Fetch struct {
	Open     bool      `json:"open"` // others may fetch from here
	Failures int       `json:"failures"`
	LastAt   time.Time `json:"last_at"`
	LastFrom string    `json:"last_from"`
}

// Suggestion is the peering table that came with a fetched keyset. Nothing of it is saved unseen.
type Suggestion struct {
	From  string         `json:"from"` // the address fetched from
	Table peering.Table  `json:"table"`
	Notes map[int]string `json:"notes"` // why a row is proposed as it is
}
