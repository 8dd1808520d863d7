package api

import (
	"bytes"
	_ "embed"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"
)

// replies are names and types of every field that the product's API answers with, version 6.0.0. An
// object with a field that does not stand there is refused.
//
//go:embed testdata/replies.json
var replies []byte

// product is the product's description, and which of its fields were answered so far.
type product struct {
	doc    *openapi3.T
	router routers.Router

	mu   sync.Mutex
	seen map[string]bool // "PeersDetail.managers"
}

func newProduct(t *testing.T) *product {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(replies)
	if err != nil {
		t.Fatal(err)
	}
	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	return &product{doc: doc, router: router, seen: map[string]bool{}}
}

// judge says what about an answer is not as the product's.
func (p *product) judge(method, path string, a answer) error {
	request := httptest.NewRequest(method, "http://controller"+path, nil)
	route, vars, err := p.router.FindRoute(request)
	if err != nil {
		return fmt.Errorf("the product has no %s %s: %w", method, path, err)
	}
	if a.status >= 400 {
		refusal := p.doc.Components.Schemas["Error"]
		p.note(&openapi3.SchemaRef{Ref: "schemas/Error", Value: refusal.Value}, a.decoded())
		return refusal.Value.VisitJSON(a.decoded())
	}
	reply := route.Operation.Responses.Status(a.status)
	if reply == nil {
		return fmt.Errorf("the product does not answer %d", a.status)
	}
	if media := reply.Value.Content.Get("application/json"); media != nil && strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
		p.note(media.Schema, a.decoded())
	}
	return openapi3filter.ValidateResponse(request.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: request, PathParams: vars, Route: route},
		Status:                 a.status, Header: a.header, Body: io.NopCloser(bytes.NewReader(a.body)),
	})
}

// note remembers which fields of a schema a value has.
func (p *product) note(schema *openapi3.SchemaRef, value any) {
	for _, one := range schema.Value.AnyOf {
		p.note(one, value)
	}
	switch v := value.(type) {
	case map[string]any:
		_, name, _ := strings.Cut(schema.Ref, "schemas/")
		for field, inner := range v {
			if s := schema.Value.Properties[field]; s != nil {
				p.mu.Lock()
				p.seen[name+"."+field] = true
				p.mu.Unlock()
				p.note(s, inner)
			} else if s := schema.Value.AdditionalProperties.Schema; s != nil {
				p.note(s, inner)
			}
		}
	case []any:
		for _, inner := range v {
			if schema.Value.Items != nil {
				p.note(schema.Value.Items, inner)
			}
		}
	}
}

// unseen are the fields that no answer had, in order; those of IPsec, which vns3 has not, are left out.
func (p *product) unseen() []string {
	var names []string
	for name, schema := range p.doc.Components.Schemas {
		for field := range schema.Value.Properties {
			if full := name + "." + field; !p.seen[full] && !strings.Contains(strings.ToLower(name), "ipsec") {
				names = append(names, full)
			}
		}
	}
	slices.Sort(names)
	return names
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   []byte
}
