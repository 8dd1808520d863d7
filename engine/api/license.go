package api

import (
	"net/http"
	"net/netip"

	"vns3/control"
	"vns3/overlay"
)

// ipAddress is an address as the license replies have it.
type ipAddress struct {
	IP     string `json:"ip_address"`
	Octets []int  `json:"octets"`
}

func addressOf(a netip.Addr) ipAddress {
	reply := ipAddress{IP: a.String(), Octets: []int{}}
	for _, octet := range a.AsSlice() {
		reply.Octets = append(reply.Octets, int(octet))
	}
	return reply
}

type licensedController struct {
	ManagerID int       `json:"manager_id"`
	Overlay   ipAddress `json:"overlay_ipaddress"`
	ASN       int       `json:"asn"`
}

// topology is what a license allows, laid out.
type topology struct {
	Managers          []licensedController `json:"managers"`
	Clients           []ipAddress          `json:"clients"`
	TotalClients      int                  `json:"total_clients"`
	OverlayMaxClients int                  `json:"overlay_max_clients"`
	OverlaySubnet     string               `json:"overlay_subnet"`
	MaxEndpoints      int                  `json:"ipsec_max_endpoints"` // 0: there is no IPsec
	MaxSubnets        int                  `json:"ipsec_max_subnets"`
	Upgrades          []string             `json:"license_upgrades"`
}

func topologyOf(shown control.LicenseShown) topology {
	p := shown.Parameters
	t := topology{
		Managers: []licensedController{}, Clients: []ipAddress{}, Upgrades: []string{},
		TotalClients: len(p.Clients), OverlayMaxClients: shown.Clientpacks, OverlaySubnet: p.Subnet.String(),
	}
	for _, m := range p.Controllers {
		t.Managers = append(t.Managers, licensedController{ManagerID: m.ID, Overlay: addressOf(m.Address), ASN: m.ASN})
	}
	for _, a := range p.Clients {
		t.Clients = append(t.Clients, addressOf(a))
	}
	return t
}

// capabilities are what every license of vns3 allows.
var capabilities = []string{"peering", "clientpacks", "routing"}

// accepted is the state of a license that is in use.
const accepted = "accepted"

// licenseInitial is PUT /license.
type licenseInitial struct {
	License      string   `json:"license"`
	Finalized    bool     `json:"finalized"`
	Present      bool     `json:"license_present"`
	Capabilities []string `json:"capabilities"`
	Topology     topology `json:"default_topology"`
}

// licenseDetail is GET /license.
type licenseDetail struct {
	License          string           `json:"license"`
	Present          bool             `json:"license_present"`
	SHA1             string           `json:"sha1_checksum"`
	UploadedAt       string           `json:"uploaded_at"`
	UploadedAtI      int64            `json:"uploaded_at_i"`
	Topology         topology         `json:"topology"`
	Capabilities     []string         `json:"capabilities"`
	Finalized        bool             `json:"finalized"`
	CustomAddressing bool             `json:"custom_addressing"`
	VIP              string           `json:"my_manager_vip"`
	Containers       containerDetails `json:"container_details"`
}

// containerDetails are zero: vns3 runs no containers.
type containerDetails struct {
	Run    int `json:"containers_run_count"`
	Images int `json:"containers_image_count"`
}

// licenseUpgrade is PUT /license/upgrade.
type licenseUpgrade struct {
	Finalized      bool   `json:"finalized"`
	Uniq           string `json:"uniq"`
	License        string `json:"license"`
	NewClientpacks int    `json:"new_clientpacks"`
	NewManagers    int    `json:"new_managers"`
}

// parametersState is PUT /license/parameters.
type parametersState struct {
	License    string            `json:"license"`
	Finalized  bool              `json:"finalized"`
	Parameters licenseParameters `json:"parameters"`
}

type licenseParameters struct {
	Subnet      string       `json:"subnet"`
	Managers    []netip.Addr `json:"managers"`
	Controllers []netip.Addr `json:"controllers"`
	Clients     []netip.Addr `json:"clients"`
	ASNs        []int        `json:"asns"`
	VIP         string       `json:"my_manager_vip"`
}

func (s *Server) licenseRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/license", summary: "Get license details",
		reply: licenseDetail{}, handle: getLicense,
	}, {
		method: http.MethodPut, path: "/api/license", summary: "Upload license",
		body: "text/plain", reply: licenseInitial{}, handle: putLicense,
	}, {
		method: http.MethodPut, path: "/api/license/upgrade", summary: "Upgrade license",
		body: "text/plain", reply: licenseUpgrade{}, handle: putLicenseUpgrade,
	}, {
		method: http.MethodPut, path: "/api/license/parameters", summary: "Set license parameters, for good; the API's listener restarts",
		args: []arg{
			{name: "default", kind: boolean, about: "use the license's own parameters"},
			{name: "subnet", about: "the overlay subnet, such as 172.31.1.0/24"},
			{name: "managers", about: "overlay addresses of the controllers, separated by spaces"},
			{name: "clients", about: "overlay addresses of the clientpacks: a,b or first-last"},
			{name: "asns", about: "numbers of the controllers, separated by spaces"},
			{name: "my_manager_vip", about: "address shared by all controllers"},
		},
		reply: parametersState{}, handle: putLicenseParameters,
	}}
}

func getLicense(c *call) (any, error) {
	if !c.snap.Controller.License.Licensed {
		return nil, fail(http.StatusForbidden, prerequisite, mustBeLicensed)
	}
	shown, err := do[control.LicenseShown](c, control.LicenseShow{})
	if err != nil {
		return nil, err
	}
	return licenseDetail{
		License: accepted, Present: true, SHA1: shown.SHA1,
		UploadedAt: stampOrEmpty(shown.UploadedAt), UploadedAtI: unixOrZero(shown.UploadedAt),
		Topology: topologyOf(shown), Capabilities: capabilities, Finalized: shown.Finalized,
		CustomAddressing: shown.Custom, VIP: shown.Parameters.VIP.String(),
	}, nil
}

func putLicense(c *call) (any, error) {
	shown, err := do[control.LicenseShown](c, control.LicenseInstall{Text: string(c.raw)})
	if err != nil {
		return nil, licenseFailure(err)
	}
	return licenseInitial{
		License: accepted, Finalized: shown.Finalized, Present: true,
		Capabilities: capabilities, Topology: topologyOf(shown),
	}, nil
}

func putLicenseUpgrade(c *call) (any, error) {
	if err := c.require(license); err != nil {
		return nil, err
	}
	up, err := do[control.LicenseUpgraded](c, control.LicenseUpgrade{Text: string(c.raw)})
	if err != nil {
		return nil, licenseFailure(err)
	}
	return licenseUpgrade{
		Finalized: c.snap.Controller.License.Finalized, Uniq: up.Uniq, License: "in-progress",
		NewClientpacks: len(up.NewClients), NewManagers: len(up.NewControllers),
	}, nil
}

// licenseFailure says what clients compare with; why it is bad stands in the log under the reference.
func licenseFailure(err error) error {
	f := failureOf(err)
	if kindOf(err) == control.Invalid {
		f.Message = badLicense
	}
	return f
}

func putLicenseParameters(c *call) (any, error) {
	if !c.snap.Controller.License.Licensed {
		return nil, fail(http.StatusForbidden, prerequisite, mustBeLicensed)
	}
	q := control.LicenseParameters{Default: c.args.bool("default", false)}
	if inUse := c.snap.Controller.Overlay; ready(c.snap) && !q.Default && confirms(c.args, *inUse) {
		return parametersState{License: accepted, Finalized: true, Parameters: parametersOf(*inUse)}, nil
	}
	if !q.Default {
		p, err := parameters(c.args)
		if err != nil {
			return nil, err
		}
		q.Parameters = &p
	}
	shown, err := do[control.LicenseShown](c, q)
	if err != nil {
		return nil, err
	}
	return parametersState{License: accepted, Finalized: shown.Finalized, Parameters: parametersOf(shown.Parameters)}, nil
}

func parametersOf(p overlay.Parameters) licenseParameters {
	reply := licenseParameters{Subnet: p.Subnet.String(), Clients: p.Clients, VIP: p.VIP.String(), Managers: []netip.Addr{}, ASNs: []int{}}
	if reply.Clients == nil {
		reply.Clients = []netip.Addr{}
	}
	for _, m := range p.Controllers {
		reply.Managers = append(reply.Managers, m.Address)
		reply.ASNs = append(reply.ASNs, m.ASN)
	}
	reply.Controllers = reply.Managers
	return reply
}
