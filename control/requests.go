package control

import (
	"net/netip"
	"time"

	"vns3/overlay"
	"vns3/peering"
	"vns3/status"
)

// Peering.

// PeeringSet saves rows of the peering table, all or nothing.
type PeeringSet struct {
	Rows    map[int]peering.Row `json:"rows"`              // only these change
	Replace bool                `json:"replace,omitempty"` // rows not named become "not set"
	Version string              `json:"version,omitempty"` // Snapshot.Peering.Version that the edit is based on; empty: do not check
	Stage   bool                `json:"stage,omitempty"`   // keep for PeeringApply instead of applying (the API's force:false)
	MTU     map[int]int         `json:"mtu,omitempty"`     // overlay MTU by ID, 500…4800; 0 removes it
	Strict  bool                `json:"strict,omitempty"`  // refuse an incomplete table, as the console's Save does
}

// PeeringApply applies what PeeringSet staged.
type PeeringApply struct{}

// PeeringAccept gives the row of a controller that wants to peer its address.
type PeeringAccept struct {
	ID int `json:"id"`
}

// PeeringCheck looks at an address as a row would use it: syntax, name, port, keyset, ID.
type PeeringCheck struct {
	ID      int    `json:"id"`
	Address string `json:"address"`
	Self    int    `json:"self,omitempty"` // ID that this controller gets by the same edit; 0: the one it has
}

// Keyset.

// KeysetGenerate generates the keys of a topology. On an unlicensed controller it uses the community
// license, unless Strict.
type KeysetGenerate struct {
	Topology string `json:"topology"`
	Token    string `json:"token"`
	Strict   bool   `json:"strict,omitempty"`
}

// KeysetFetch fetches the keyset from another controller.
type KeysetFetch struct {
	Source   string `json:"source"` // HOST[:PORT]
	Token    string `json:"token"`
	Topology string `json:"topology,omitempty"`
}

// KeysetRemove removes the keyset from this controller only. All tunnels end.
type KeysetRemove struct {
	Confirm string `json:"confirm"` // the first 8 digits of the topology checksum
}

// KeysetChangeToken sets a new security token; keys are unchanged.
type KeysetChangeToken struct {
	Token string `json:"token"`
}

// KeysetRearm opens a fetch source that was closed by too many wrong tokens.
type KeysetRearm struct{}

// License.

// LicenseInstall installs a license text, or the built-in community license.
type LicenseInstall struct {
	Text      string `json:"text,omitempty"`
	Community bool   `json:"community,omitempty"`
}

// LicenseUpgrade replaces the license by one with more controllers or clientpacks.
type LicenseUpgrade struct {
	Text string `json:"text"`
}

// LicenseUpgraded is the reply of LicenseUpgrade.
type LicenseUpgraded struct {
	Uniq           string               `json:"uniq"`
	NewControllers []overlay.Controller `json:"new_managers"`
	NewClients     []string             `json:"new_clientpacks"`
}

// LicenseParameters sets the overlay parameters for good.
type LicenseParameters struct {
	Default    bool                `json:"default,omitempty"`
	Parameters *overlay.Parameters `json:"parameters,omitempty"`
}

// LicenseShow asks for the license as installed.
type LicenseShow struct{}

// LicenseShown is the reply of LicenseShow, LicenseInstall and LicenseParameters.
type LicenseShown struct {
	status.License
	Text       string             `json:"text"`
	Parameters overlay.Parameters `json:"parameters"` // in use, or the license's default
	Custom     bool               `json:"custom_addressing"`
}

// Clientpacks. Names are overlay addresses with underscores: 100_127_252_1.

// PackExport asks for a clientpack as a file.
type PackExport struct {
	Name   string `json:"name"`
	Format string `json:"format"` // "conf", "zip", "tar.gz", "qr" (terminal text)

	// Preview makes the file without counting the clientpack as exported: nobody takes it to a client server.
	Preview bool `json:"preview,omitempty"`
}

// PackFile is the reply of PackExport.
type PackFile struct {
	Filename string `json:"filename"`
	Type     string `json:"type"` // MIME type
	Data     []byte `json:"data"`
}

// PackSet changes a clientpack's state. Fields that are nil stay.
type PackSet struct {
	Name       string            `json:"name,omitempty"` // empty with All
	All        bool              `json:"all,omitempty"`  // every clientpack
	Enabled    *bool             `json:"enabled,omitempty"`
	CheckedOut *bool             `json:"checked_out,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"` // an empty value removes a tag
}

// PackNext hands out the next clientpack that was never handed out.
type PackNext struct {
	Tags            map[string]string `json:"tags,omitempty"`
	Low             netip.Addr        `json:"low_ip,omitzero"`  // lowest overlay address to hand out; zero: any
	High            netip.Addr        `json:"high_ip,omitzero"` // highest
	IncludeDisabled bool              `json:"include_disabled,omitempty"`
}

// PackHandedOut is the reply of PackNext.
type PackHandedOut struct {
	Name string `json:"name"`
}

// PackRegenerate gives clientpacks a new key; the old one stops working everywhere.
type PackRegenerate struct {
	Name string `json:"name,omitempty"` // empty with All
	All  bool   `json:"all,omitempty"`
}

// PackAdd adds clientpacks that an upgraded license allows.
type PackAdd struct {
	Count     int          `json:"count,omitempty"`         // the next so many addresses, or
	Addresses []netip.Addr `json:"requested_ips,omitempty"` // exactly these
}

// ClientDisconnect ends a client's session; it may come again.
type ClientDisconnect struct {
	Name string `json:"name,omitempty"`
	All  bool   `json:"all,omitempty"`
}

// Routes.

// RouteAdd adds a route.
type RouteAdd struct {
	CIDR        string `json:"cidr"`
	Description string `json:"description,omitempty"`
	Interface   string `json:"interface,omitempty"`
	Gateway     string `json:"gateway,omitempty"`
	Metric      int    `json:"metric,omitempty"`
	Advertise   bool   `json:"advertise,omitempty"`
}

// RouteRemove removes a route of this controller. IDs are places in the file, so whoever asked somebody
// first also says which network was meant.
type RouteRemove struct {
	ID   int    `json:"id"`
	CIDR string `json:"cidr,omitempty"` // that the route must have; empty: any
}

// RouteEnable enables or disables a route of this controller.
type RouteEnable struct {
	ID      int    `json:"id"`
	CIDR    string `json:"cidr,omitempty"` // that the route must have; empty: any
	Enabled bool   `json:"enabled"`
}

// Maintenance.

// Drain hands every client and all transit traffic over to the other controllers, or takes it back.
type Drain struct {
	Undo bool `json:"undo,omitempty"`
}

// Rebalance spreads the clients over the controllers again.
type Rebalance struct{}

// Takeover takes the clients of a controller that is lost, where a minority would not by itself.
type Takeover struct {
	Controller int `json:"controller"`
}

// TaskCancel cancels a task that can be.
type TaskCancel struct {
	ID int `json:"id"`
}

// Access.

// AccessPassword sets the API password. An empty password asks for a new random one.
type AccessPassword struct {
	Password string `json:"password,omitempty"`
}

// AccessPasswordSet is the reply of AccessPassword; Password is set only where it was made at random.
type AccessPasswordSet struct {
	Password string `json:"password,omitempty"`
}

// AccessUser sets the name and password of a second API user (the product's admin UI user).
type AccessUser struct {
	Enabled  *bool  `json:"enabled,omitempty"`
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"`
}

// AccessUserSet is the reply of AccessUser.
type AccessUserSet struct {
	Enabled  bool   `json:"enabled"`
	Username string `json:"username"`
}

// AccessTokenCreate creates an API token.
type AccessTokenCreate struct {
	Name      string        `json:"name,omitempty"`
	Expires   time.Duration `json:"expires,omitempty"`   // 1 min … 1 year; 0: one hour
	Refreshes bool          `json:"refreshes,omitempty"` // its lifetime begins anew with each use
	From      string        `json:"from,omitempty"`      // address that asks; empty: this machine
}

// AccessToken is an API token. Token is set only in the reply of its creation.
type AccessToken struct {
	ID        int           `json:"id"`
	Name      string        `json:"name"`
	Token     string        `json:"token,omitempty"`
	CreatedAt time.Time     `json:"created_at"`
	From      string        `json:"from"`      // address that created it
	LastUsed  time.Time     `json:"last_used"` // zero: never
	LastFrom  string        `json:"last_from"`
	ExpiresAt time.Time     `json:"expires_at"`
	Lifetime  time.Duration `json:"lifetime"`
	Refreshes bool          `json:"refreshes"`
	Expired   bool          `json:"expired"`
}

// AccessTokenExpire ends a token's lifetime now, or begins it anew. The token itself stays listed.
type AccessTokenExpire struct {
	ID      int  `json:"id"`
	Expired bool `json:"expired"`
}

// AccessTokens asks for all API tokens, and for the second API user.
type AccessTokens struct{}

// AccessTokenList is the reply of AccessTokens.
type AccessTokenList struct {
	Tokens []AccessToken `json:"tokens"`
	User   AccessUserSet `json:"second_user"`
}

// AccessTokenRevoke deletes an API token.
type AccessTokenRevoke struct {
	ID int `json:"id"`
}

// Configuration.

// ConfigSet changes names and NTP hosts. Fields that are nil stay.
type ConfigSet struct {
	Name     *string   `json:"name,omitempty"`
	Topology *string   `json:"topology,omitempty"`
	NTPHosts *[]string `json:"ntp_hosts,omitempty"`
	Theme    *string   `json:"theme,omitempty"`
	Mouse    *bool     `json:"mouse,omitempty"`
	ASCII    *bool     `json:"ascii,omitempty"`
}

// ConfigReload reads the configuration file again.
type ConfigReload struct{}

// Check asks the doctor: what works, what does not, per peer and per client.
type Check struct{}

// Report is the doctor's report, worst first.
type Report struct {
	OK       bool      `json:"ok"` // no finding is an error
	Findings []Finding `json:"findings"`
}

// Finding is one verdict of the doctor.
type Finding struct {
	Subject string `json:"subject"` // "configuration", "peer 3", "client 100_127_252_1", …
	status.Check
}
