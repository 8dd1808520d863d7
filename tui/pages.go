package tui

import (
	"vns3/tui/page"
	"vns3/tui/pages/access"
	"vns3/tui/pages/drain"
	"vns3/tui/pages/events"
	"vns3/tui/pages/keyset"
	"vns3/tui/pages/license"
	"vns3/tui/pages/mesh"
	"vns3/tui/pages/packs"
	"vns3/tui/pages/peering"
	"vns3/tui/pages/routes"
	"vns3/tui/pages/runtime"
	"vns3/tui/pages/settings"
	"vns3/tui/pages/setup"
)

// builtin makes the pages of every console.
func builtin() Pages {
	return Pages{
		page.Setup:    maker(setup.New),
		page.Runtime:  maker(runtime.New),
		page.Mesh:     maker(mesh.New),
		page.Events:   maker(events.New),
		page.Peering:  maker(peering.New),
		page.Keyset:   maker(keyset.New),
		page.Packs:    maker(packs.New),
		page.Routes:   maker(routes.New),
		page.Drain:    maker(drain.New),
		page.License:  maker(license.New),
		page.Settings: maker(settings.New),
		page.Access:   maker(access.New),
	}
}

// maker widens a page's own constructor.
func maker[P page.Page](make func(*page.Context) P) func(*page.Context) page.Page {
	return func(c *page.Context) page.Page { return make(c) }
}
