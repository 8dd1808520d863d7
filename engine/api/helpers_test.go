package api_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/api/apitest"
	"vns3/status"
)

// caller plays a client of the API and holds every answer against the description that is served.
type caller struct {
	*testing.T
	base   string
	http   *http.Client
	header http.Header
	router routers.Router
}

func callerOf(t *testing.T, site *apitest.Site) *caller {
	t.Helper()
	c := &caller{T: t, base: site.URL(), http: site.Client(t), header: http.Header{}}
	request, _ := http.NewRequest(http.MethodGet, c.base, nil)
	request.SetBasicAuth("api", apitest.Password)
	c.header = request.Header
	c.router = described(t)
	return c
}

// at is the same caller at the local socket, which asks for no credentials.
func (c *caller) at(socket *http.Client) *caller {
	return &caller{T: c.T, base: "http://vns3", http: socket, header: http.Header{}, router: c.router}
}

// described reads the description as any tool would.
func described(t *testing.T) routers.Router {
	t.Helper()
	text, err := json.Marshal(api.Description())
	if err != nil {
		t.Fatal(err)
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		t.Fatalf("the description cannot be read: %v", err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatalf("the description is not valid: %v", err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return router
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// do sends a request as it is and checks the answer against the description.
func (c *caller) do(method, path string, body any) answer {
	c.Helper()
	var text []byte
	switch b := body.(type) {
	case nil:
	case string:
		text = []byte(b)
	default:
		text, _ = json.Marshal(b)
	}
	request, err := http.NewRequestWithContext(c.Context(), method, c.base+path, bytes.NewReader(text))
	if err != nil {
		c.Fatal(err)
	}
	request.Header = c.header.Clone()
	if len(text) > 0 && text[0] == '{' {
		request.Header.Set("Content-Type", "application/json")
	} else if len(text) > 0 {
		request.Header.Set("Content-Type", "text/plain")
	}
	response, err := c.http.Do(request)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	defer response.Body.Close()
	got, err := io.ReadAll(response.Body)
	if err != nil {
		c.Fatalf("%s %s: %v", method, path, err)
	}
	a := answer{response.StatusCode, response.Header, got}
	c.check(method, path, text, request.Header, a)
	return a
}

// check validates an answer, and the request of a success.
func (c *caller) check(method, path string, body []byte, header http.Header, a answer) {
	c.Helper()
	request := httptest.NewRequest(method, "http://x"+strings.TrimSuffix(path, "/"), bytes.NewReader(body))
	request.Header = header.Clone()
	route, vars, err := c.router.FindRoute(request)
	if err != nil {
		if a.status == http.StatusOK {
			c.Errorf("%s %s is served and not described: %v", method, path, err)
		}
		return
	}
	input := &openapi3filter.RequestValidationInput{
		Request: request, PathParams: vars, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true},
	}
	if a.status < 300 && (len(body) == 0 || method == http.MethodPut || method == http.MethodPost) {
		if err := openapi3filter.ValidateRequest(c.Context(), input); err != nil && !strings.Contains(path, "?") {
			c.Errorf("%s %s %s was accepted and is not as described: %v", method, path, body, err)
		}
	}
	if err := openapi3filter.ValidateResponse(c.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
		Options: input.Options,
	}); err != nil {
		c.Errorf("%s %s answered %d %s, which is not as described: %v", method, path, a.status, a.body, err)
	}
}

// ok sends a request that must succeed and returns what stands under "response".
func (c *caller) ok(method, path string, body any) any {
	c.Helper()
	a := c.do(method, path, body)
	if a.status != http.StatusOK && a.status != http.StatusCreated {
		c.Fatalf("%s %s %v: %d %s", method, path, body, a.status, a.body)
	}
	var envelope map[string]any
	if err := json.Unmarshal(a.body, &envelope); err != nil || len(envelope) != 1 {
		c.Fatalf("%s %s: %s is not {\"response\": …}", method, path, a.body)
	}
	return envelope["response"]
}

// object is ok for a response that is an object.
func (c *caller) object(method, path string, body any) map[string]any {
	c.Helper()
	o, ok := c.ok(method, path, body).(map[string]any)
	if !ok {
		c.Fatalf("%s %s: the response is no object", method, path)
	}
	return o
}

// refused sends a request that must fail in the given way.
func (c *caller) refused(method, path string, body any, status int, name, message string) {
	c.Helper()
	a := c.do(method, path, body)
	f := failureIn(c.T, a)
	if a.status != status || f.Name != name || f.Message != message {
		c.Errorf("%s %s %v: %d %s %q, want %d %s %q", method, path, body, a.status, f.Name, f.Message, status, name, message)
	}
}

type failure struct{ Name, Log, Message string }

// failureIn reads a failure, which is always JSON in the one envelope, with a reference in digits.
func failureIn(t *testing.T, a answer) failure {
	t.Helper()
	var envelope struct{ Error *failure }
	if got := a.header.Get("Content-Type"); got != "application/json" {
		t.Errorf("%d %s: Content-Type is %q", a.status, a.body, got)
	}
	d := json.NewDecoder(bytes.NewReader(a.body))
	d.DisallowUnknownFields()
	if err := d.Decode(&envelope); err != nil || envelope.Error == nil {
		t.Fatalf("%d %s is no failure: %v", a.status, a.body, err)
	}
	if strings.Trim(envelope.Error.Log, "0123456789") != "" || len(envelope.Error.Log) < 20 || envelope.Error.Message == "" {
		t.Errorf("%d %s: want a reference number and a message", a.status, a.body)
	}
	return *envelope.Error
}

// refusalIn reads a failure as the routes below a path give it: /local/ answers with a control.Error.
func refusalIn(t *testing.T, path string, a answer) {
	t.Helper()
	if !strings.HasPrefix(path, "/local/") {
		failureIn(t, a)
		return
	}
	var refused control.Error
	if json.Unmarshal(a.body, &refused) != nil || refused.Kind == "" || refused.Reason == "" {
		t.Errorf("%s: %s is no control error", path, a.body)
	}
}

// basic is the value of a header that proves the password.
func basic() string {
	r, _ := http.NewRequest("GET", "http://x", nil)
	r.SetBasicAuth("api", apitest.Password)
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Basic ")
}

// want compares some fields of an object.
func (c *caller) want(what string, got map[string]any, want map[string]any) {
	c.Helper()
	for name, value := range want {
		w, _ := json.Marshal(value)
		g, _ := json.Marshal(got[name])
		if _, there := got[name]; !there && value == nil {
			continue // must not be there
		}
		if !bytes.Equal(w, g) {
			c.Errorf("%s: %s is %s, want %s", what, name, g, w)
		}
	}
}

// finished makes a site whose license has 4 controllers and 8 clientpacks, with keyset and ID 1.
func finished(t *testing.T) (*apitest.Site, *caller) {
	t.Helper()
	site := apitest.Start(t, apitest.SiteOptions{})
	c := callerOf(t, site)
	setUp(c, site)
	return site, c
}

// setUp goes the way from unconfigured to ready behind the API's back, without a restart.
func setUp(c *caller, site *apitest.Site) {
	c.Helper()
	site.SetUp(c.T, 4, 8)
	c.object("PUT", "/api/peering/self", map[string]any{"id": 1})
}

type event = status.Event

// lines reads a stream line by line.
type lines struct{ *bufio.Scanner }

func newLines(r io.Reader) lines {
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	return lines{s}
}

func (l lines) next(t *testing.T) string {
	t.Helper()
	if !l.Scan() {
		t.Fatalf("the stream ended: %v", l.Err())
	}
	return l.Text()
}
