package api

import (
	"net/http"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// getDescription is GET /api/openapi.json: OpenAPI 3.0, made from the table that serves.
func (s *Server) getDescription(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, encode(Description()))
}

type object = map[string]any

// Description is the OpenAPI 3.0 document of everything served.
func Description() map[string]any {
	schemas := object{}
	paths := object{}
	for _, rt := range new(Server).table() {
		path := strings.ReplaceAll(rt.path, "...}", "}")
		if paths[path] == nil {
			paths[path] = object{}
		}
		paths[path].(object)[strings.ToLower(rt.method)] = rt.describe(schemas)
	}
	return object{
		"openapi": "3.0.3",
		"info":    object{"title": "VNS3 Controller API as vns3 serves it", "version": APIVersion},
		"paths":   paths,
		"components": object{
			"schemas": schemas,
			"securitySchemes": object{
				"basic": object{"type": "http", "scheme": "basic"},
				"token": object{"type": "apiKey", "in": "header", "name": "Api-Token"},
			},
		},
		"security": []any{object{"basic": []string{}}, object{"token": []string{}}},
	}
}

func (rt route) describe(schemas object) object {
	success := strconv.Itoa(orOK(rt.status))
	op := object{
		"summary":     rt.summary,
		"operationId": operationID(rt),
		"responses": object{
			success:   object{"description": "done", "content": rt.content(schemas)},
			"default": object{"description": "refused", "content": object{jsonType: object{"schema": rt.failureSchema(schemas)}}},
		},
	}
	params, body := rt.inputs(schemas)
	if len(params) > 0 {
		op["parameters"] = params
	}
	if body != nil {
		op["requestBody"] = body
	}
	return op
}

func orOK(status int) int {
	if status == 0 {
		return http.StatusOK
	}
	return status
}

func operationID(rt route) string {
	words := strings.FieldsFunc(rt.path, func(r rune) bool { return strings.ContainsRune("/{}._-", r) })
	return strings.ToLower(rt.method) + "_" + strings.Join(words, "_")
}

// content describes what success answers with.
func (rt route) content(schemas object) object {
	switch reply := rt.reply.(type) {
	case download:
		file := object{"schema": object{"type": "string", "format": "binary"}}
		return object{"text/plain": file, "application/octet-stream": file}
	case bare:
		return object{jsonType: object{"schema": schemaOf(reflect.TypeOf(reply.value), schemas)}}
	case lines:
		return object{ndjsonType: object{"schema": object{"type": "string"}}}
	case oneOf:
		var either []any
		for _, one := range reply {
			either = append(either, schemaOf(reflect.TypeOf(one), schemas))
		}
		return enveloped(object{"anyOf": either})
	}
	return enveloped(schemaOf(reflect.TypeOf(rt.reply), schemas))
}

func enveloped(schema object) object {
	return object{jsonType: object{"schema": object{
		"type": "object", "required": []string{"response"}, "additionalProperties": false,
		"properties": object{"response": schema},
	}}}
}

func (rt route) failureSchema(schemas object) object {
	if strings.HasPrefix(rt.path, "/local/") {
		return object{"type": "object", "required": []string{"kind", "reason"}, "properties": object{
			"kind": textSchema(), "what": textSchema(), "reason": textSchema(), "remedy": textSchema(),
		}}
	}
	return object{"type": "object", "required": []string{"error"}, "properties": object{
		"error": schemaOf(reflect.TypeFor[failure](), schemas),
	}}
}

func textSchema() object { return object{"type": "string"} }

// inputs describes the arguments: those in the path, and the rest in the query string (GET, DELETE) or
// in the body. All others are refused.
func (rt route) inputs(schemas object) (params []any, body object) {
	properties, required := object{}, []string{}
	inQuery := rt.method == http.MethodGet || rt.method == http.MethodDelete
	described := map[string]bool{}
	for _, a := range rt.args {
		described[a.name] = true
		inPath := strings.Contains(rt.path, "{"+a.name+"}")
		switch {
		case inPath:
			params = append(params, object{"name": a.name, "in": "path", "required": true, "schema": a.schema(), "description": a.about})
		case inQuery:
			params = append(params, object{"name": a.name, "in": "query", "required": a.required, "schema": a.schema(), "description": a.about})
		default:
			properties[a.name] = a.schema()
			if a.required {
				required = append(required, a.name)
			}
		}
	}
	if _, rest, ok := strings.Cut(rt.path, "{"); ok && strings.HasSuffix(rest, "...}") {
		params = append(params, object{"name": strings.TrimSuffix(rest, "...}"), "in": "path", "required": true, "schema": textSchema()})
		return params, object{"content": object{jsonType: object{"schema": object{"type": "object"}}}}
	}
	switch {
	case rt.body != "":
		body = object{"required": true, "content": object{rt.body: object{"schema": textSchema()}}}
	case len(properties) > 0:
		schema := object{"type": "object", "properties": properties, "additionalProperties": false}
		if len(required) > 0 {
			schema["required"] = required
		}
		body = object{"required": len(required) > 0, "content": object{jsonType: object{"schema": schema}}}
	}
	return params, body
}

// schema of an argument: integers and booleans may be written as strings.
func (a arg) schema() object {
	var s object
	switch a.kind {
	case integer:
		number := object{"type": "integer"}
		if a.max != 0 {
			number["minimum"], number["maximum"] = a.min, a.max
		}
		s = object{"anyOf": []any{number, textSchema()}}
	case boolean:
		s = object{"anyOf": []any{object{"type": "boolean"}, textSchema()}}
	case ignored:
		return object{"description": "taken and ignored"}
	default:
		s = textSchema()
	}
	s["nullable"] = true
	if a.about != "" {
		s["description"] = a.about
	}
	return s
}

var special = map[reflect.Type]object{
	reflect.TypeFor[time.Time]():    {"type": "string", "format": "date-time"},
	reflect.TypeFor[netip.Addr]():   {"type": "string"},
	reflect.TypeFor[netip.Prefix](): {"type": "string"},
	reflect.TypeFor[[]byte]():       {"type": "string", "format": "byte"},
}

// schemaOf describes a Go type as its JSON is. Structs become components.
func schemaOf(t reflect.Type, schemas object) object {
	if s, ok := special[t]; ok {
		return s
	}
	if _, ok := reflect.New(t).Interface().(interface{ MarshalJSON() ([]byte, error) }); ok {
		return object{}
	}
	if _, ok := reflect.New(t).Interface().(interface{ MarshalText() ([]byte, error) }); ok {
		return textSchema()
	}
	switch t.Kind() {
	case reflect.Pointer:
		return object{"nullable": true, "allOf": []any{schemaOf(t.Elem(), schemas)}}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.String:
		return textSchema()
	case reflect.Float64, reflect.Float32:
		return object{"type": "number"}
	case reflect.Slice, reflect.Array:
		return object{"type": "array", "nullable": t.Kind() == reflect.Slice, "items": schemaOf(t.Elem(), schemas)}
	case reflect.Map:
		return object{"type": "object", "nullable": true, "additionalProperties": schemaOf(t.Elem(), schemas)}
	case reflect.Struct:
		return structSchema(t, schemas)
	case reflect.Interface:
		return object{}
	}
	return object{"type": "integer"}
}

func structSchema(t reflect.Type, schemas object) object {
	name := t.Name()
	if pkg := t.PkgPath(); !strings.HasSuffix(pkg, "engine/api") {
		name = pkg[strings.LastIndex(pkg, "/")+1:] + "." + name
	}
	ref := object{"$ref": "#/components/schemas/" + name}
	if schemas[name] != nil {
		return ref
	}
	properties, required := object{}, []string{}
	schemas[name] = object{"type": "object", "properties": properties}
	for _, f := range reflect.VisibleFields(t) {
		tag, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if !f.IsExported() || f.Anonymous || tag == "-" {
			continue
		}
		tag = orElse(tag, f.Name)
		properties[tag] = schemaOf(f.Type, schemas)
		if !strings.Contains(options, "omit") {
			required = append(required, tag)
		}
	}
	described := object{"type": "object", "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		described["required"] = required
	}
	schemas[name] = described
	return ref
}
