package apitest

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"vns3/control"
	"vns3/peering"
	"vns3/status"
)

// Do implements control.Backend.
func (c *Controller) Do(ctx context.Context, request control.Request) (any, error) {
	if err := ctx.Err(); err != nil {
		return nil, &control.Error{Kind: control.Internal, What: request.Action(), Reason: err.Error()}
	}
	if c.o.Access != nil {
		if reply, ok, err := c.o.Access.Do(request); ok {
			if err == nil {
				c.Report(status.Event{Code: "access.changed", Severity: status.Info, Text: "users or tokens changed"})
			}
			return reply, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	reply, err := c.do(request)
	if err != nil {
		return nil, err
	}
	return reply, nil
}

func (c *Controller) do(request control.Request) (any, error) {
	nothing := control.Nothing{}
	switch q := request.(type) {
	case control.ConfigSet:
		return nothing, c.setConfig(q)
	case control.LicenseInstall:
		return c.installLicense(q)
	case control.LicenseParameters:
		return c.setParameters(q)
	case control.LicenseUpgrade:
		return c.upgradeLicense(q)
	case control.LicenseShow:
		return c.showLicense()
	case control.KeysetGenerate:
		return c.generate(q)
	case control.KeysetFetch:
		return c.fetch(q)
	case control.PeeringSet:
		return nothing, c.setPeering(q)
	case control.PeeringApply:
		return nothing, c.applyPeering()
	case control.PackSet, control.PackNext, control.PackAdd, control.PackExport, control.PackRegenerate, control.ClientDisconnect:
		return c.doPack(request)
	case control.RouteAdd:
		return c.addRoute(q)
	case control.RouteRemove:
		return nothing, c.editRoute(q.ID, func(s *status.Snapshot, i int) { s.Routes = slices.Delete(s.Routes, i, i+1) })
	case control.RouteEnable:
		return nothing, c.editRoute(q.ID, func(s *status.Snapshot, i int) { s.Routes[i].Enabled, s.Routes[i].Active = q.Enabled, q.Enabled })
	case control.Check:
		return control.Report{OK: true, Findings: []control.Finding{}}, nil
	}
	return nil, &control.Error{Kind: control.NotAllowed, What: request.Action(), Reason: "the simulated controller does not do this"}
}

func (c *Controller) setConfig(q control.ConfigSet) error {
	c.publish(func(s *status.Snapshot) {
		if q.Name != nil {
			s.Controller.Name = *q.Name
		}
		if q.Topology != nil {
			s.Controller.TopologyName = *q.Topology
		}
		if q.NTPHosts != nil {
			s.Controller.NTPHosts = *q.NTPHosts
		}
	})
	return nil
}

func (c *Controller) setPeering(q control.PeeringSet) error {
	running := c.snap.Peering.Table
	staged := running
	if c.snap.Peering.Staged != nil {
		staged = *c.snap.Peering.Staged
	}
	for id, row := range q.Rows {
		if !peering.ValidID(id) {
			return &control.Error{Kind: control.Invalid, What: fmt.Sprintf("row %d", id), Reason: "IDs are 1 to 9"}
		}
		running[id], staged[id] = row, row
	}
	if q.Version != "" && q.Version != c.snap.Peering.Version {
		return &control.Error{Kind: control.Conflict, What: "peering table", Reason: "somebody changed it meanwhile", Remedy: "look at it again"}
	}
	if len(staged.Selves()) > 1 {
		return &control.Error{Kind: control.Invalid, What: "peering table", Reason: "two rows say this instance"}
	}
	for id, mtu := range q.MTU {
		c.mtu[id] = mtu
	}
	if q.Stage {
		c.publish(func(s *status.Snapshot) { s.Peering.Staged = &staged })
		return nil
	}
	c.publish(func(s *status.Snapshot) {
		if s.Peering.Staged != nil {
			s.Peering.Staged = &staged
		}
		c.run(s, running)
	})
	return nil
}

func (c *Controller) applyPeering() error {
	if staged := c.snap.Peering.Staged; staged != nil {
		c.publish(func(s *status.Snapshot) {
			s.Peering.Staged = nil
			c.run(s, *staged)
		})
	}
	return nil
}

// run makes a table the one that runs; every peer that it names is up.
func (c *Controller) run(s *status.Snapshot, t peering.Table) {
	s.Peering.Table, s.Peering.State = t, t.State().String()
	s.Peering.Version += "+"
	s.Controller.ID, s.Controller.Peered = t.Self(), t.Self() != 0
	s.Peers = nil
	for id := 1; id <= s.Controller.License.Controllers; id++ {
		p := status.Peer{ID: id, Self: t[id].Kind == peering.Self, State: status.NotSet, ConfiguredMTU: c.mtu[id]}
		if o := s.Controller.Overlay; o != nil {
			if addr, ok := o.Controller(id); ok {
				p.OverlayAddress = addr.String()
				if p.Self {
					s.Controller.OverlayAddress, s.Controller.ASN = addr.String(), o.Controllers[id-1].ASN
				}
			}
		}
		if t[id].Kind == peering.Address {
			p.Address, p.State, p.Reachable, p.Since = t[id].Address, status.Up, true, c.o.Now()
		}
		s.Peers = append(s.Peers, p)
	}
}

func (c *Controller) addRoute(q control.RouteAdd) (status.Route, error) {
	prefix, err := netip.ParsePrefix(q.CIDR)
	if err != nil {
		return status.Route{}, &control.Error{Kind: control.Invalid, What: "cidr", Reason: err.Error()}
	}
	if o := c.snap.Controller.Overlay; o != nil && o.Subnet.Overlaps(prefix) {
		return status.Route{}, &control.Error{Kind: control.Invalid, What: "route " + q.CIDR, Reason: "it overlaps the overlay subnet", Remedy: "choose another prefix"}
	}
	id := 1
	for _, r := range c.snap.Routes {
		id = max(id, r.ID+1)
	}
	r := status.Route{
		ID: id, CIDR: q.CIDR, Description: q.Description, Interface: q.Interface, Gateway: q.Gateway,
		Metric: q.Metric, Advertise: q.Advertise, Enabled: true, Active: true, Controller: c.snap.Controller.ID,
	}
	c.publish(func(s *status.Snapshot) { s.Routes = append(s.Routes, r) })
	return r, nil
}

func (c *Controller) editRoute(id int, edit func(*status.Snapshot, int)) error {
	i := slices.IndexFunc(c.snap.Routes, func(r status.Route) bool { return r.ID == id && id != 0 })
	if i < 0 {
		return &control.Error{Kind: control.NotFound, What: fmt.Sprintf("route %d", id), Reason: "there is no such route"}
	}
	c.publish(func(s *status.Snapshot) { edit(s, i) })
	return nil
}

// task starts long work: end is called under the lock when it is over.
func (c *Controller) task(name, title string, end func(*status.Snapshot, *status.Task)) control.TaskStarted {
	id := c.nextID
	c.nextID++
	c.publish(func(s *status.Snapshot) {
		s.Tasks = append(s.Tasks, status.Task{ID: id, Name: name, Title: title, State: status.Running, StartedAt: c.o.Now()})
	})
	finish := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.publish(func(s *status.Snapshot) {
			i := slices.IndexFunc(s.Tasks, func(t status.Task) bool { return t.ID == id })
			s.Tasks[i].State, s.Tasks[i].FinishedAt = status.Done, c.o.Now()
			end(s, &s.Tasks[i])
		})
	}
	if c.o.Hold {
		c.finish = append(c.finish, finish)
	} else {
		c.tasks.Go(finish)
	}
	return control.TaskStarted{Task: id}
}

// busy is the running task of a kind, if there is one.
func (c *Controller) busy(prefix string) bool {
	return slices.ContainsFunc(c.snap.Tasks, func(t status.Task) bool {
		return t.State == status.Running && strings.HasPrefix(t.Name, prefix)
	})
}

func client(s *status.Snapshot, addr netip.Addr, index int) *status.Client {
	i := slices.IndexFunc(s.Clients, func(c status.Client) bool { return c.OverlayAddress == addr.String() })
	if i < 0 {
		s.Clients = append(s.Clients, status.Client{
			Name: strings.ReplaceAll(addr.String(), ".", "_"), Index: index, OverlayAddress: addr.String(), Enabled: true,
		})
		slices.SortFunc(s.Clients, func(a, b status.Client) int { return cmp.Compare(a.Index, b.Index) })
		return client(s, addr, index)
	}
	return &s.Clients[i]
}
