package page

// ID names a page. The order is that of the menu.
type ID uint8

// The pages.
const (
	None ID = iota
	Setup
	Runtime
	Mesh
	Events
	Peering
	Keyset
	Packs
	Routes
	Drain
	License
	Settings
	Access
	Demo
)

// Group is a heading of the menu.
type Group string

// The groups of the menu.
const (
	NoGroup     Group = ""
	InRuntime   Group = "Runtime"
	Overlay     Group = "Overlay"
	Connections Group = "Connections"
	Maintenance Group = "Maintenance"
	Admin       Group = "Admin"
)

var pages = [...]struct {
	title string
	group Group
	about string
}{
	None:     {},
	Setup:    {"Setup checklist", NoGroup, "what is left to do here"},
	Runtime:  {"Runtime Status", InRuntime, "controller, peers, clients, machine"},
	Mesh:     {"Mesh", InRuntime, "every controller and every link"},
	Events:   {"Events", InRuntime, "what happened"},
	Peering:  {"Controller Peering", Overlay, "the other controllers of the mesh"},
	Keyset:   {"Keyset", Overlay, "generate or fetch the keys of the topology"},
	Packs:    {"Clientpacks", Overlay, "configurations of client servers"},
	Routes:   {"Routes", Connections, "networks behind the controllers"},
	Drain:    {"Drain", Maintenance, "hand over before maintenance"},
	License:  {"License", Admin, "how many controllers and clientpacks"},
	Settings: {"Settings", Admin, "names, clock sources, this console"},
	Access:   {"Access", Admin, "API password and tokens"},
	Demo:     {"Demo", Admin, "break the demonstration mesh on purpose"},
}

// All returns the pages in the order of the menu.
func All() []ID {
	all := make([]ID, 0, len(pages)-1)
	for id := Setup; int(id) < len(pages); id++ {
		all = append(all, id)
	}
	return all
}

// Title is what menu and breadcrumb call the page.
func (id ID) Title() string { return pages[id].title }

// Group is the menu heading that the page stands under.
func (id ID) Group() Group { return pages[id].group }

// About says in a few words what the page is for.
func (id ID) About() string { return pages[id].about }

// String is the title.
func (id ID) String() string { return id.Title() }
