package routes

import (
	"errors"
	"fmt"
	"math"
	"net/netip"
	"strconv"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/control"
	"vns3/status"
	"vns3/tui/component/dialog"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

const (
	cidrField        = "cidr"
	gatewayField     = "gateway"
	interfaceField   = "interface"
	metricField      = "metric"
	advertiseField   = "advertise"
	descriptionField = "description"
)

// askAdd opens the form for a new route.
func (p *Page) askAdd() tea.Cmd {
	return dialog.OpenSheet(p.c, control.RouteAdd{}, dialog.Spec{
		Title: "Add a route", Yes: "Add",
		Fields: []form.Field{
			{Name: cidrField, Label: "Network", Placeholder: "10.20.0.0/16", Check: checkCIDR},
			{Name: gatewayField, Label: "Gateway", Placeholder: "may be empty", Hint: "the next hop in this host's own network", Check: checkGateway},
			{Name: interfaceField, Label: "Interface", Placeholder: "may be empty"},
			{Name: metricField, Label: "Metric", Placeholder: "0", Hint: "of two routes to one network the lower metric is taken", Check: checkMetric},
			{Name: advertiseField, Label: "Advertise", Kind: form.Toggle, Value: "false", Hint: "space: all other controllers send here what is for it, at once"},
			{Name: descriptionField, Label: "Description"},
		},
		Request: func(f *form.Model) control.Request {
			value := func(name string) string { return strings.TrimSpace(f.Value(name)) }
			metric, _ := strconv.Atoi(value(metricField)) // the field was checked; empty is 0
			return control.RouteAdd{
				CIDR: value(cidrField), Gateway: value(gatewayField), Interface: value(interfaceField), Metric: metric,
				Advertise: f.On(advertiseField), Description: value(descriptionField),
			}
		},
		Done: func(r page.Reply) tea.Cmd {
			added := r.Request.(control.RouteAdd)
			if !added.Advertise {
				return page.Toast(status.Info, "Route "+added.CIDR+" is added, for this controller only: it is not advertised.")
			}
			return page.Toast(status.Info, "Route "+added.CIDR+" is added and advertised.")
		},
	})
}

// checkCIDR wants a network as it is written in a route.
func checkCIDR(s string) error {
	s = strings.TrimSpace(s)
	if s == "" {
		return errors.New("a network such as 10.20.0.0/16")
	}
	prefix, err := netip.ParsePrefix(s)
	switch {
	case err != nil && !strings.Contains(s, "/"):
		return fmt.Errorf("the prefix length is missing: %s/24?", s)
	case err != nil:
		return errors.New("not a network: it reads like 10.20.0.0/16")
	case !prefix.Addr().Is4():
		return errors.New("only IPv4 travels in the overlay")
	case prefix != prefix.Masked():
		return fmt.Errorf("bits are set beyond the prefix length: %v", prefix.Masked())
	}
	return nil
}

func checkGateway(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	if addr, err := netip.ParseAddr(s); err != nil || !addr.Is4() {
		return errors.New("not an IPv4 address: it reads like 10.0.1.1")
	}
	return nil
}

func checkMetric(s string) error {
	if s = strings.TrimSpace(s); s == "" {
		return nil
	}
	if n, err := strconv.Atoi(s); err != nil || n < 0 || n > math.MaxInt32 {
		return fmt.Errorf("a number from 0 to %d", math.MaxInt32)
	}
	return nil
}
