package api

import "time"

// SetPatience shortens how long a request may take to arrive, before Run.
func (s *Server) SetPatience(d time.Duration) { s.patience = d }

// RouteInfo is a line of the table, for tests that walk it.
type RouteInfo struct {
	Method, Path string
	Args         []ArgInfo
	Raw          bool
}

// ArgInfo is an argument of a route.
type ArgInfo struct {
	Name     string
	Kind     string
	Required bool
	Max      int
}

// Routes returns the table.
func (s *Server) Routes() []RouteInfo {
	var all []RouteInfo
	for _, rt := range s.routes {
		info := RouteInfo{Method: rt.method, Path: rt.path, Raw: rt.body != ""}
		for _, a := range rt.args {
			info.Args = append(info.Args, ArgInfo{a.name, [...]string{"text", "integer", "boolean", "ignored"}[a.kind], a.required, a.max})
		}
		all = append(all, info)
	}
	return all
}
