package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/netip"
	"net/url"
	"runtime/debug"
	"strings"

	"vns3/control"
	"vns3/engine/api/access"
	"vns3/status"
)

// needs is what must be there before a route does anything.
type needs uint8

const (
	nothing needs = iota
	license       // a license whose parameters are set; else 403 "Must be licensed first."
	keyset        // and a keyset; else 403 "Keyset is missing"
)

// route is one line of the table that serves and describes the API.
type route struct {
	method  string
	path    string // with {names} for variables
	summary string
	needs   needs
	args    []arg
	body    string // "text/plain": the body is not arguments but c.raw
	status  int    // of success; 0: 200
	reply   any    // zero value of what stands under "response"
	handle  func(*call) (any, error)
	serve   http.HandlerFunc // instead of handle: writes its own answer
}

// call is one request to a route.
type call struct {
	context.Context
	*Server
	args args
	raw  []byte
	from netip.Addr // zero: the local socket
	snap *status.Snapshot
}

// do asks the backend; afterwards c.snap shows what was done.
func do[R any](c *call, q control.Request) (R, error) {
	reply, err := control.Do[R](c, c.o.Backend, q)
	c.snap = c.o.Backend.Snapshot()
	return reply, err
}

// download is the reply of a route that sends a file.
type download control.PackFile

// fromKey carries the caller's address to the handlers.
type fromKey struct{}

// handler answers on the local socket or, with credentials, over HTTPS.
func (s *Server) handler(local bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer s.rescue(w, r)
		from := netip.Addr{}
		if !local {
			if addr, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
				from = addr.Addr().Unmap()
			}
			if err := s.admit(r, from); err != nil {
				s.refuse(w, r, err)
				return
			}
		}
		s.dispatch(w, r.WithContext(context.WithValue(r.Context(), fromKey{}, from)))
	})
}

// rescue answers a panic with a 500 and logs it. Answers are written whole after all that can fail, so
// none has begun.
func (s *Server) rescue(w http.ResponseWriter, r *http.Request) {
	cause := recover()
	if cause == nil || cause == http.ErrAbortHandler {
		return
	}
	s.o.Log.Error("api: panic", "method", r.Method, "path", r.URL.Path, "panic", cause, "stack", string(debug.Stack()))
	s.refuse(w, r, errors.New("panic"))
}

// admit checks who calls.
func (s *Server) admit(r *http.Request, from netip.Addr) error {
	if err := s.fence.Check(r); err != nil {
		return fail(http.StatusForbidden, notAllowed, "Requests from another site are refused")
	}
	if token := r.Header.Get("Api-Token"); token != "" {
		return s.o.Access.Token(from, token)
	}
	if name, password, ok := r.BasicAuth(); ok {
		return s.o.Access.Basic(from, name, password)
	}
	return &access.Denied{}
}

// dispatch finds the route of a request.
func (s *Server) dispatch(w http.ResponseWriter, r *http.Request) {
	here, path := s.at(r.URL)
	if len(here) == 0 {
		s.refuse(w, r, fail(http.StatusNotFound, notFound, noSuchPath))
		return
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	for _, rt := range here {
		if rt.method != method {
			continue
		}
		if rt.serve != nil {
			rt.serve(w, r)
			return
		}
		s.answer(w, r, rt, path)
		return
	}
	var allowed []string
	for _, rt := range here {
		allowed = append(allowed, rt.method)
	}
	w.Header().Set("Allow", strings.Join(allowed, ", "))
	s.refuse(w, r, fail(http.StatusMethodNotAllowed, notAllowed, "This path takes "+strings.Join(allowed, ", ")))
}

// at returns the routes of a path and the variables in it. Written-out paths win over variables.
func (s *Server) at(u *url.URL) (here []*route, path map[string]string) {
	given := strings.TrimSuffix(u.EscapedPath(), "/")
	best := -1
	for i := range s.routes {
		rt := &s.routes[i]
		vars, literal, ok := match(rt.path, given)
		if !ok || literal < best {
			continue
		}
		if literal > best {
			best, here, path = literal, nil, vars
		}
		here = append(here, rt)
	}
	return here, path
}

// match compares a path with a pattern, and counts the segments that are the same. {name...} takes
// all the rest.
func match(pattern, path string) (vars map[string]string, literal int, ok bool) {
	want, have := strings.Split(pattern, "/"), strings.Split(path, "/")
	vars = map[string]string{}
	for i, w := range want {
		if name, rest := strings.CutSuffix(w, "...}"); rest && i < len(have) {
			value, err := url.PathUnescape(strings.Join(have[i:], "/"))
			vars[name[1:]] = value
			return vars, literal, err == nil
		}
		if i >= len(have) {
			return nil, 0, false
		}
		if strings.HasPrefix(w, "{") {
			value, err := url.PathUnescape(have[i])
			if err != nil || value == "" {
				return nil, 0, false
			}
			vars[strings.Trim(w, "{}")] = value
			continue
		}
		if w != have[i] {
			return nil, 0, false
		}
		literal++
	}
	return vars, literal, len(want) == len(have)
}

// answer runs a route and writes what it returns.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, rt *route, path map[string]string) {
	c := &call{Context: r.Context(), Server: s, snap: s.o.Backend.Snapshot(), from: caller(r)}
	reply, err := s.run(c, w, r, rt, path)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if file, ok := reply.(download); ok {
		w.Header().Set("Content-Type", file.Type)
		w.Header().Set("Content-Disposition", `attachment; filename="`+file.Filename+`"`)
		w.Write(file.Data)
		return
	}
	writeJSON(w, cmp.Or(rt.status, http.StatusOK), encode(map[string]any{"response": reply}))
}

func (s *Server) run(c *call, w http.ResponseWriter, r *http.Request, rt *route, path map[string]string) (any, error) {
	body, err := readBody(w, r)
	if err != nil {
		return nil, err
	}
	if err := c.require(rt.needs); err != nil {
		return nil, err
	}
	if rt.body != "" {
		c.raw, body = body, nil
	}
	if c.args, err = parseArgs(rt.args, r, body, path); err != nil {
		return nil, err
	}
	return rt.handle(c)
}

func (c *call) require(n needs) error {
	switch {
	case c.snap == nil:
		return fail(http.StatusInternalServerError, internal, "The controller is starting")
	case n >= license && !ready(c.snap):
		return fail(http.StatusForbidden, prerequisite, mustBeLicensed)
	case n >= keyset && !c.snap.Keyset.Present:
		return fail(http.StatusForbidden, prerequisite, keysetMissing)
	}
	return nil
}

// ready reports whether the license is there and its parameters are set for good: before that the
// controller has no overlay.
func ready(snap *status.Snapshot) bool {
	return snap.Controller.License.Licensed && snap.Controller.License.Finalized && snap.Controller.Overlay != nil
}

func caller(r *http.Request) netip.Addr {
	from, _ := r.Context().Value(fromKey{}).(netip.Addr)
	return from
}

func isLocal(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/local/") }

// origin is a caller's address as text, empty for this machine.
func origin(from netip.Addr) string {
	if !from.IsValid() {
		return ""
	}
	return from.String()
}
