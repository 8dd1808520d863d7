package api

import (
	"net/http"
	"regexp"
	"runtime/debug"
	"strings"

	"vns3/control"
	"vns3/peering"
)

// runtimeConfig is GET /config. Fields of the overlay are left out while unlicensed.
type runtimeConfig struct {
	PrivateIP        string `json:"private_ipaddress"`
	PublicIP         string `json:"public_ipaddress"`
	TopologyChecksum string `json:"topology_checksum"`
	Version          string `json:"vns3_version"`
	TopologyName     string `json:"topology_name"`
	ControllerName   string `json:"controller_name"`
	NTPHosts         string `json:"ntp_hosts"`
	Licensed         bool   `json:"licensed"`
	ASN              int    `json:"asn,omitempty"`
	ManagerID        int    `json:"manager_id,omitempty"`
	OverlayIP        string `json:"overlay_ipaddress,omitempty"`
	Peered           *bool  `json:"peered,omitempty"`
	SubnetGateway    string `json:"subnet_gateway,omitempty"`
}

func (s *Server) configRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/api/config", summary: "Get configuration details",
		reply: runtimeConfig{}, handle: getConfig,
	}, {
		method: http.MethodPut, path: "/api/config", summary: "Update names and NTP hosts",
		args: []arg{
			{name: "topology_name", about: "name of the topology, for people"},
			{name: "controller_name", about: "name of this controller"},
			{name: "ntp_hosts", about: "NTP servers, separated by spaces; replaces those before"},
		},
		reply: runtimeConfig{}, handle: putConfig,
	}, {
		method: http.MethodPut, path: "/api/server", summary: "Restart the API's listener (tunnels go on)",
		args:  []arg{{name: "reboot", kind: boolean, about: "must be true"}},
		reply: serverStatus{}, handle: putServer,
	}}
}

func getConfig(c *call) (any, error) {
	controller := c.snap.Controller
	reply := runtimeConfig{
		PrivateIP:        controller.PrivateAddress,
		PublicIP:         controller.PublicAddress,
		TopologyChecksum: controller.TopologyChecksum,
		Version:          productVersion(controller.Version),
		TopologyName:     controller.TopologyName,
		ControllerName:   controller.Name,
		NTPHosts:         strings.Join(controller.NTPHosts, " "),
		Licensed:         ready(c.snap),
	}
	if reply.Licensed {
		reply.ASN, reply.ManagerID = controller.ASN, controller.ID
		reply.OverlayIP = controller.OverlayAddress
		reply.Peered = new(controller.Peered)
		reply.SubnetGateway = controller.SubnetGateway
	}
	return reply, nil
}

func putConfig(c *call) (any, error) {
	if len(c.args) == 0 {
		return nil, invalid("topology_name, controller_name or ntp_hosts is missing")
	}
	var q control.ConfigSet
	if c.args.has("topology_name") {
		q.Topology = new(c.args.text("topology_name"))
	}
	if c.args.has("controller_name") {
		q.Name = new(c.args.text("controller_name"))
	}
	if c.args.has("ntp_hosts") {
		hosts := strings.Fields(c.args.text("ntp_hosts"))
		for _, host := range hosts {
			if _, err := peering.ParseAddress(host); err != nil {
				return nil, invalid("ntp_hosts is not in proper domain name format or ipv4 address format. Update abandoned.")
			}
		}
		q.NTPHosts = &hosts
	}
	if _, err := do[control.Nothing](c, q); err != nil {
		return nil, err
	}
	return getConfig(c)
}

type serverStatus struct {
	Status string `json:"status"`
}

func putServer(c *call) (any, error) {
	if !c.args.bool("reboot", false) {
		return nil, fail(http.StatusBadRequest, argument, nothingToDo)
	}
	c.Restart(Asked)
	return serverStatus{"rebooting"}, nil
}

// APIVersion is the version of the product's API that is served.
const APIVersion = "6.0.0"

var dated = regexp.MustCompile(`^\d+\.\d+\.\d+-\d{8}`)

// productVersion reads like the product's, "6.0.0-20261123": clients take it apart. The date is that of
// the build.
func productVersion(own string) string {
	if dated.MatchString(own) {
		return own
	}
	date := "20261123"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.time" && len(setting.Value) >= 10 {
				date = strings.ReplaceAll(setting.Value[:10], "-", "")
			}
		}
	}
	return APIVersion + "-" + date
}
