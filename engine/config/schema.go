package config

import (
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"vns3/peering"
)

// Key is an entry of the schema: one key that the file may have, or a family of them.
type Key struct {
	Name    string // "tunnels.mtu"; families: "peering.ID", "tunnels.peer_mtu.ID", "console.keys.ACTION", "route[].cidr"
	Type    string // as people call it
	Default string // as TOML; empty: not set
	Example string // as TOML, for a key without default
	Meaning string // what it does, without a full stop
	Restart bool   // a change takes effect with the next start of the engine

	path []string // the name in parts; "*" stands for a member of a family, also of [[route]]
	read func(c *Config, at member, value any) *fault
	show func(c Config) string // all that the configuration says under the key, as TOML
}

// member is which one of a family of keys is meant.
type member struct {
	name  string // in place of ID or ACTION
	route int    // index in Config.Routes
}

// Keys returns the schema: all keys in the order of the reference.
func Keys() []Key { return slices.Clone(schema) }

var schema = complete([]Key{
	plain("controller.name", label, func(c *Config) *string { return &c.Controller.Name },
		"name of this controller, to show; without it the machine's host name", `"Controller 1"`),
	plain("controller.topology", label, func(c *Config) *string { return &c.Controller.Topology },
		"name of the topology, to show; it is fetched with the keyset and is not part of the topology checksum", `"Acme overlay"`),
	plain("controller.listen", address, func(c *Config) *netip.Addr { return &c.Controller.Listen },
		"address that tunnels and API are bound to; without it all addresses. Several controllers fit on one machine (127.0.0.11, 127.0.0.12, …)", `"10.0.1.10"`),
	restart(plain("controller.data_dir", path, func(c *Config) *string { return &c.Controller.DataDir },
		"directory of keyset, license and state; without it $STATE_DIRECTORY, else /var/lib/vns3 (root), else $XDG_STATE_HOME/vns3", `"/var/lib/vns3"`)),
	plain("controller.ntp_hosts", list(host), func(c *Config) *[]string { return &c.Controller.NTPHosts },
		"time servers of this machine, to show; vns3 does not set the clock", `["0.pool.ntp.org"]`),
	peeringKey("peering.ID",
		`row of the controller with the ID 1 to 9: "this instance" in exactly one row, "not set", or an IP address or DNS name`, `"this instance"`),
	plain("tunnels.mtu", mtu, func(c *Config) *int { return &c.Tunnels.MTU },
		"largest packet inside a tunnel, in bytes; what the path carries bounds it further", ""),
	peerMTU("tunnels.peer_mtu.ID",
		"the same for the tunnel to one controller", "1380"),
	plain("health.interval", period, func(c *Config) *time.Duration { return &c.Health.Interval },
		"time between two heartbeats", ""),
	plain("health.suspect_after", period, func(c *Config) *time.Duration { return &c.Health.SuspectAfter },
		"silence, beyond the measured jitter, after which packets go round a link", ""),
	plain("health.down_after", period, func(c *Config) *time.Duration { return &c.Health.DownAfter },
		"time without a heartbeat after which a link is announced as down", ""),
	plain("health.hold_up", period, func(c *Config) *time.Duration { return &c.Health.HoldUp },
		"how long a link that came back is avoided, unless it is the only way", ""),
	plain("health.hold_up_max", period, func(c *Config) *time.Duration { return &c.Health.HoldUpMax },
		"what hold_up doubles to while a link flaps", ""),
	plain("overlay.interface", overlayDevice, func(c *Config) *string { return &c.Overlay.Interface },
		`kernel interface that puts this host on the overlay: "auto" makes one where it is allowed, "off" makes none`, ""),
	plain("clients.endpoint", endpoint, func(c *Config) *string { return &c.Clients.Endpoint },
		"what clientpacks name for this controller; without it the address that its peers see", `"vns3-1.example.net:1194"`),
	plain("clients.takeover", choice(Auto, Off), func(c *Config) *string { return &c.Clients.Takeover },
		"whether this controller takes over the client servers of a lost one", ""),
	plain("clients.allowed_ips", list(prefix), func(c *Config) *[]netip.Prefix { return &c.Clients.AllowedIPs },
		"subnets that clientpacks send into the overlay besides the overlay and the advertised routes", `["192.168.0.0/16"]`),
	plain("api.listen", apiListen, func(c *Config) *string { return &c.API.Listen },
		"address and port of API and keyset fetch; without a host the one of controller.listen", ""),
	plain("api.password_file", path, func(c *Config) *string { return &c.API.PasswordFile },
		"file whose first line is the API password", `"/etc/vns3/api-password"`),
	plain("api.tls_cert", path, func(c *Config) *string { return &c.API.TLSCert },
		"certificate of the API, PEM; without it a self-signed one", `"/etc/vns3/api.crt"`),
	plain("api.tls_key", path, func(c *Config) *string { return &c.API.TLSKey },
		"private key of the certificate, PEM", `"/etc/vns3/api.key"`),
	plain("license.trusted", list(trusted), func(c *Config) *[]string { return &c.License.Trusted },
		"verifier keys of those whose licenses are taken", `["example.net+0684e7a4+ARbLYYBN9vyM2tnwgU6w5Obju++sdfwXXsq3RFByJ0aj"]`),
	route("route[].cidr", prefix, func(r *Route) *netip.Prefix { return &r.CIDR },
		"destination", `"192.168.10.0/24"`),
	route("route[].advertise", boolean, func(r *Route) *bool { return &r.Advertise },
		"tell the other controllers that this one leads there", "true"),
	route("route[].gateway", gateway, func(r *Route) *netip.Addr { return &r.Gateway },
		"next hop on a network of this host", `"10.0.1.1"`),
	route("route[].interface", interfaceName, func(r *Route) *string { return &r.Interface },
		"interface of this host that leads there", `"eth1"`),
	route("route[].metric", metric, func(r *Route) *int { return &r.Metric },
		"the lowest of several routes to one destination is taken", "100"),
	route("route[].description", label, func(r *Route) *string { return &r.Description },
		"what it is for, to show", `"office"`),
	route("route[].disabled", boolean, func(r *Route) *bool { return &r.Disabled },
		"keep the route but do not use it", "true"),
	plain("log.level", level, func(c *Config) *slog.Level { return &c.Log.Level },
		"least severity that is logged", ""),
	restart(plain("log.format", choice("text", "json"), func(c *Config) *string { return &c.Log.Format },
		"how a line of the log is written", "")),
	plain("console.theme", choice(Auto, "dark", "light", "16", "none"), func(c *Config) *string { return &c.Console.Theme },
		`colours of the console; "auto" asks the terminal, "16" takes the terminal's own, as all do where it has no more, "none" uses none`, ""),
	plain("console.mouse", boolean, func(c *Config) *bool { return &c.Console.Mouse },
		"take the mouse; text is then selected with shift", ""),
	plain("console.ascii", boolean, func(c *Config) *bool { return &c.Console.ASCII },
		"draw with ASCII only; where the terminal or its locale does not speak UTF-8 the console does so by itself", ""),
	consoleKeys("console.keys.ACTION",
		"keys of an action of the console, instead of its own", `["ctrl+q"]`),
})

// complete fills in what follows from the rest: the paths, and what the keys are in an empty file.
func complete(keys []Key) []Key {
	empty := Default()
	empty.Routes = []Route{{}}
	for i, key := range keys {
		keys[i].Default = key.show(empty)
		keys[i].path = pathOf(key.Name)
	}
	return keys
}

// pathOf is the name of a key in parts.
func pathOf(name string) []string {
	parts := strings.Split(strings.Replace(name, "[]", ".*", 1), ".")
	if last := parts[len(parts)-1]; last == strings.ToUpper(last) {
		parts[len(parts)-1] = "*"
	}
	return parts
}

func restart(key Key) Key {
	key.Restart = true
	return key
}

// plain is a key with one value.
func plain[T any](name string, k kind[T], field func(*Config) *T, meaning, example string) Key {
	return Key{
		Name: name, Type: k.name, Meaning: meaning, Example: example,
		read: func(c *Config, _ member, value any) *fault {
			v, bad := k.read(value)
			if bad == nil {
				*field(c) = v
			}
			return bad
		},
		show: func(c Config) string { return k.write(*field(&c)) },
	}
}

// route is a key of each [[route]].
func route[T any](name string, k kind[T], field func(*Route) *T, meaning, example string) Key {
	return Key{
		Name: name, Type: k.name, Meaning: meaning, Example: example,
		read: func(c *Config, at member, value any) *fault {
			v, bad := k.read(value)
			if bad == nil {
				*field(&c.Routes[at.route]) = v
			}
			return bad
		},
		show: func(c Config) string {
			texts := make([]string, len(c.Routes))
			for i := range c.Routes {
				texts[i] = k.write(*field(&c.Routes[i]))
			}
			return strings.Join(texts, ", ")
		},
	}
}

func peeringKey(name, meaning, example string) Key {
	return Key{
		Name: name, Type: peeringRow.name, Meaning: meaning, Example: example,
		read: func(c *Config, at member, value any) *fault {
			id, bad := controllerID(at.name)
			if bad != nil {
				return bad
			}
			c.Peering[id], bad = peeringRow.read(value)
			return bad
		},
		show: func(c Config) string {
			var texts []string
			for id, row := range c.Peering.Rows() {
				if row.Kind != peering.NotSet {
					texts = append(texts, fmt.Sprintf("%d = %s", id, peeringRow.write(row)))
				}
			}
			return strings.Join(texts, ", ")
		},
	}
}

func peerMTU(name, meaning, example string) Key {
	return Key{
		Name: name, Type: mtu.name, Meaning: meaning, Example: example,
		read: func(c *Config, at member, value any) *fault {
			id, bad := controllerID(at.name)
			if bad != nil {
				return bad
			}
			bytes, bad := mtu.read(value)
			if bad != nil {
				return bad
			}
			if c.Tunnels.PeerMTU == nil {
				c.Tunnels.PeerMTU = map[int]int{}
			}
			c.Tunnels.PeerMTU[id] = bytes
			return nil
		},
		show: func(c Config) string {
			return showMap(c.Tunnels.PeerMTU, strconv.Itoa, mtu.write)
		},
	}
}

func consoleKeys(name, meaning, example string) Key {
	keys := list(label)
	return Key{
		Name: name, Type: keys.name, Meaning: meaning, Example: example,
		read: func(c *Config, at member, value any) *fault {
			v, bad := keys.read(value)
			if bad != nil {
				return bad
			}
			if c.Console.Keys == nil {
				c.Console.Keys = map[string][]string{}
			}
			c.Console.Keys[at.name] = v
			return nil
		},
		show: func(c Config) string { return showMap(c.Console.Keys, quoteKey, keys.write) },
	}
}

func controllerID(name string) (int, *fault) {
	id, err := peering.ParseID(name)
	if err != nil {
		return 0, refused(fmt.Sprintf("write one from 1 to %d", peering.MaxID), "%q is no controller ID", name)
	}
	return id, nil
}

func showMap[K int | string, V any](m map[K]V, key func(K) string, value func(V) string) string {
	var texts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		texts = append(texts, key(k)+" = "+value(m[k]))
	}
	return strings.Join(texts, ", ")
}
