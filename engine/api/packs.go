package api

import (
	"crypto/sha1"
	"fmt"
	"net/http"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vns3/control"
	"vns3/status"
)

// clientpack is a clientpack and the client server that uses it. Checksums are those of the files as an
// export would make them now; they are there where one clientpack is asked for.
type clientpack struct {
	Name           string            `json:"name"`
	Overlay        string            `json:"overlay_ipaddress"`
	SequentialID   int               `json:"sequential_id"`
	Enabled        bool              `json:"enabled"`
	CheckedOut     bool              `json:"checked_out"`
	LinuxOnefile   string            `json:"linux_onefile"`
	WindowsOnefile string            `json:"windows_onefile"`
	TarballFile    string            `json:"tarball_file"`
	ZipFile        string            `json:"zip_file"`
	ConfSHA1       string            `json:"conf_sha1,omitempty"`
	TarballSHA1    string            `json:"tarball_sha1,omitempty"`
	ZipSHA1        string            `json:"zip_sha1,omitempty"`
	Compression    string            `json:"compression"` // always "off"
	Connected      bool              `json:"connected"`
	Status         string            `json:"status"` // "connected", or why not
	LastConnect    string            `json:"last_connect"`
	LastDisconnect string            `json:"last_disconnect"`
	ManagerID      string            `json:"manager_id"` // who holds it; empty: nobody
	IP             string            `json:"ipaddress"`
	Tags           map[string]string `json:"tags"`
}

// clientpackDetail is GET /clientpacks/{name}.
type clientpackDetail struct {
	Clientpack clientpack `json:"clientpack"`
}

type clientpacksStatus struct {
	Enabled    *bool `json:"enabled,omitempty"`
	CheckedOut *bool `json:"checked_out,omitempty"`
}

type clientpackTags struct {
	Name string            `json:"name"`
	Tags map[string]string `json:"tags"`
}

type taskStarted struct {
	Token  string `json:"token"` // for GET /status/task
	Status string `json:"status"`
}

// packs are all clientpacks of the topology in order of their addresses' indices. The snapshot only
// has those that were ever used; the others are as they came from the license.
func packs(snap *status.Snapshot) []clientpack {
	used := map[string]status.Client{}
	for _, c := range snap.Clients {
		used[c.OverlayAddress] = c
	}
	list := make([]clientpack, 0, len(snap.Controller.Overlay.Clients))
	for i, addr := range snap.Controller.Overlay.Clients {
		c, ok := used[addr.String()]
		if !ok {
			c = status.Client{OverlayAddress: addr.String(), Enabled: true, Reason: "never connected"}
		}
		list = append(list, packOf(c, addr, i))
	}
	return list
}

func packOf(c status.Client, addr netip.Addr, index int) clientpack {
	name := packName(addr)
	p := clientpack{
		Name: name, Overlay: addr.String(), SequentialID: index + 1,
		Enabled: c.Enabled, CheckedOut: c.CheckedOut, Connected: c.Connected, Status: c.Reason,
		LinuxOnefile: name + ".conf", WindowsOnefile: name + ".conf",
		TarballFile: name + ".tar.gz", ZipFile: name + ".zip", Compression: "off",
		IP: hostOf(c.Endpoint), Tags: tagsOf(c.Tags),
	}
	if c.ControllerID != 0 {
		p.ManagerID = strconv.Itoa(c.ControllerID)
	}
	if c.Connected {
		p.Status, p.LastConnect = "connected", stampOrEmpty(c.Since)
	} else {
		p.LastDisconnect = stampOrEmpty(c.Since)
	}
	return p
}

func packName(a netip.Addr) string { return strings.ReplaceAll(a.String(), ".", "_") }

// packNamed finds a clientpack; clients also write its overlay address.
func packNamed(snap *status.Snapshot, name string) (clientpack, error) {
	wanted := strings.ReplaceAll(name, ".", "_")
	addr, err := netip.ParseAddr(strings.ReplaceAll(wanted, "_", "."))
	if err == nil {
		all := packs(snap)
		if i := slices.IndexFunc(all, func(p clientpack) bool { return p.Overlay == addr.String() }); i >= 0 {
			return all[i], nil
		}
	}
	return clientpack{}, invalid("Clientpack named '%.100s' does not exist", name)
}

func getPacks(c *call) (any, error) {
	all := packs(c.snap)
	if c.args.bool("sorted", false) {
		return all, nil
	}
	reply := make(map[string]clientpack, len(all))
	for _, p := range all {
		reply[p.Name] = p
	}
	return reply, nil
}

func getPack(c *call) (any, error) {
	p, err := packNamed(c.snap, c.args.text("clientpack_name"))
	if err != nil {
		return nil, err
	}
	for format, sum := range map[string]*string{"conf": &p.ConfSHA1, "tar.gz": &p.TarballSHA1, "zip": &p.ZipSHA1} {
		file, err := do[control.PackFile](c, control.PackExport{Name: p.Name, Format: format, Preview: true})
		if err == nil { // else there is no file yet that could be downloaded
			*sum = fmt.Sprintf("%x", sha1.Sum(file.Data))
		}
	}
	return clientpackDetail{p}, nil
}

func putPacks(c *call) (any, error) {
	q := control.PackSet{All: true, Enabled: c.args.flag("enabled"), CheckedOut: c.args.flag("checked_out")}
	if q.Enabled == nil && q.CheckedOut == nil {
		return nil, invalid("Argument must have a true or false value")
	}
	_, err := do[control.Nothing](c, q)
	return clientpacksStatus{q.Enabled, q.CheckedOut}, err
}

func putPack(c *call) (any, error) {
	p, err := packNamed(c.snap, c.args.text("name"))
	if err != nil {
		return nil, err
	}
	q := control.PackSet{Name: p.Name, Enabled: c.args.flag("enabled"), CheckedOut: c.args.flag("checked_out")}
	regenerate := c.args.bool("regenerate", false)
	changes := q.Enabled != nil || q.CheckedOut != nil
	if !regenerate && !changes {
		return nil, fail(http.StatusBadRequest, argument, nothingToDo)
	}
	if changes {
		if _, err := do[control.Nothing](c, q); err != nil {
			return nil, err
		}
	}
	if regenerate {
		started, err := do[control.TaskStarted](c, control.PackRegenerate{Name: p.Name})
		return taskStarted{Token: taskToken(started.Task), Status: string(status.Running)}, err
	}
	return packNamed(c.snap, p.Name)
}

func nextPack(c *call) (any, error) {
	q := control.PackNext{IncludeDisabled: c.args.bool("include_disabled", false)}
	for name, field := range map[string]*netip.Addr{"low_ip": &q.Low, "high_ip": &q.High} {
		if !c.args.has(name) {
			continue
		}
		addr, err := netip.ParseAddr(c.args.text(name))
		if err != nil {
			return nil, invalid("%s must be an overlay address", name)
		}
		*field = addr
	}
	next, err := do[control.PackHandedOut](c, q)
	if err != nil {
		return nil, err
	}
	return packNamed(c.snap, next.Name)
}

func addPacks(c *call) (any, error) {
	ips, ok := addressList(c.args.text("requested_ips"))
	if !ok {
		return nil, invalid("requested_ips must be overlay addresses separated by commas")
	}
	if _, err := do[control.Nothing](c, control.PackAdd{Addresses: ips}); err != nil {
		return nil, err
	}
	return "Clientpacks added", nil
}
