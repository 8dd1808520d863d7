package apitest

import (
	"maps"
	"net/netip"
	"strings"

	"vns3/control"
	"vns3/status"
)

func (c *Controller) doPack(request control.Request) (any, error) {
	if !c.snap.Keyset.Present {
		return nil, &control.Error{Kind: control.NoKeyset, Reason: "there is no keyset"}
	}
	switch q := request.(type) {
	case control.PackSet:
		return control.Nothing{}, c.setPack(q)
	case control.PackNext:
		return c.nextPack(q)
	case control.PackAdd:
		return nil, &control.Error{Kind: control.NotAllowed, Reason: "Not enough room in license for more clientpacks."}
	case control.PackExport:
		return c.exportPack(q)
	case control.PackRegenerate:
		return c.task(q.Action(), "Regenerate", func(*status.Snapshot, *status.Task) {}), nil
	case control.ClientDisconnect:
		return control.Nothing{}, c.disconnect(q)
	}
	return nil, &control.Error{Kind: control.Internal, What: request.Action(), Reason: "no clientpack action"}
}

// index finds a clientpack by its name.
func (c *Controller) index(name string) (int, netip.Addr, error) {
	addr, err := netip.ParseAddr(strings.ReplaceAll(name, "_", "."))
	if err == nil {
		if i, ok := c.snap.Controller.Overlay.ClientIndex(addr); ok {
			return i, addr, nil
		}
	}
	return 0, addr, &control.Error{Kind: control.NotFound, What: "clientpack " + name, Reason: "there is no such clientpack"}
}

func (c *Controller) setPack(q control.PackSet) error {
	names := []string{q.Name}
	if q.All {
		names = nil
		for _, a := range c.snap.Controller.Overlay.Clients {
			names = append(names, strings.ReplaceAll(a.String(), ".", "_"))
		}
	}
	for _, name := range names {
		i, addr, err := c.index(name)
		if err != nil {
			return err
		}
		c.publish(func(s *status.Snapshot) {
			pack := client(s, addr, i)
			if q.Enabled != nil {
				pack.Enabled = *q.Enabled
			}
			if q.CheckedOut != nil {
				pack.CheckedOut = *q.CheckedOut
			}
			pack.Tags = merged(pack.Tags, q.Tags)
		})
	}
	return nil
}

func merged(tags, change map[string]string) map[string]string {
	out := maps.Clone(tags)
	for key, value := range change {
		if out == nil {
			out = map[string]string{}
		}
		out[key] = value
		if value == "" {
			delete(out, key)
		}
	}
	return out
}

func (c *Controller) nextPack(q control.PackNext) (control.PackHandedOut, error) {
	taken := map[string]bool{}
	for _, p := range c.snap.Clients {
		taken[p.OverlayAddress] = p.CheckedOut || p.Connected || !p.Enabled && !q.IncludeDisabled
	}
	for i, addr := range c.snap.Controller.Overlay.Clients {
		below, above := q.Low.IsValid() && addr.Less(q.Low), q.High.IsValid() && q.High.Less(addr)
		if taken[addr.String()] || below || above {
			continue
		}
		c.publish(func(s *status.Snapshot) { client(s, addr, i).CheckedOut = true })
		return control.PackHandedOut{Name: strings.ReplaceAll(addr.String(), ".", "_")}, nil
	}
	return control.PackHandedOut{}, &control.Error{Kind: control.NotAllowed, What: "clientpacks", Reason: "none is left", Remedy: "check one in, or upgrade the license"}
}

func (c *Controller) exportPack(q control.PackExport) (control.PackFile, error) {
	_, addr, err := c.index(q.Name)
	if err != nil {
		return control.PackFile{}, err
	}
	file := control.PackFile{Filename: q.Name + "." + q.Format, Type: "application/octet-stream", Data: []byte("[Interface]\nAddress = " + addr.String() + "\n")}
	if q.Format == "conf" {
		file.Type = "text/plain; charset=utf-8"
	}
	return file, nil
}

func (c *Controller) disconnect(q control.ClientDisconnect) error {
	c.publish(func(s *status.Snapshot) {
		for i := range s.Clients {
			if q.All || s.Clients[i].Name == q.Name {
				s.Clients[i].Connected, s.Clients[i].ControllerID = false, 0
			}
		}
	})
	return nil
}

// Connect makes a clientpack's client appear, as if it had shaken hands here.
func (c *Controller) Connect(name, endpoint string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	i, addr, err := c.index(name)
	if err != nil {
		return err
	}
	c.publish(func(s *status.Snapshot) {
		pack := client(s, addr, i)
		pack.Connected, pack.Endpoint, pack.ControllerID, pack.Since = true, endpoint, s.Controller.ID, c.o.Now()
	})
	return nil
}
