package config

import (
	"flag"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write vns3.toml.example")

const examplePath = "../../vns3.toml.example"

var commentedKey = regexp.MustCompile(`(?m)^#(\[|[a-z0-9_.]+ = )`)

// The example file is what the schema says, and says what an empty file does.
func TestExampleFile(t *testing.T) {
	if *update {
		if err := os.WriteFile(examplePath, []byte(ExampleFile()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	data, err := os.ReadFile(examplePath)
	if err != nil {
		t.Fatal(err)
	}
	if string(data) != ExampleFile() {
		t.Error("vns3.toml.example is not what the schema says: go test ./engine/config -run TestExampleFile -update")
	}
	got, err := Parse(data)
	if err != nil || !reflect.DeepEqual(got, Default()) {
		t.Errorf("the example is not the defaults: %v\n%+v", err, Diff(got, Default()))
	}
}

// With its comments taken away the example has every key of the structs, and each is valid.
func TestExampleFileHasEveryKey(t *testing.T) {
	text := commentedKey.ReplaceAllString(ExampleFile(), "$1")
	got, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	raw, _ := decodeRaw([]byte(text))
	for _, key := range schema {
		path := slices.Clone(key.path)
		if path[0] == routeKey {
			path[1] = "0"
		}
		if path[len(path)-1] == "*" {
			path = path[:len(path)-1]
		}
		if getRaw(raw, path) == nil {
			t.Errorf("%s is not in the example", key.Name)
		}
	}
	// What has no default has a value now, so every field of every struct is reached by some key.
	zero := zeroFields(reflect.ValueOf(got), "")
	want := []string{"Console.ASCII", "Log.Level"} // false and info are zero values
	if !reflect.DeepEqual(zero, want) {
		t.Errorf("fields that no key sets: %v; want %v", zero, want)
	}
}

// zeroFields are the names of the leaves of a struct that are zero.
func zeroFields(v reflect.Value, name string) []string {
	if v.Kind() == reflect.Struct && v.Type().PkgPath() == reflect.TypeFor[Config]().PkgPath() {
		var zero []string
		for i := range v.NumField() {
			zero = append(zero, zeroFields(v.Field(i), strings.TrimPrefix(name+"."+v.Type().Field(i).Name, "."))...)
		}
		slices.Sort(zero)
		return zero
	}
	if v.Kind() == reflect.Slice && v.Len() > 0 {
		return zeroFields(v.Index(0), name+"[0]")
	}
	if v.IsZero() {
		return []string{name}
	}
	return nil
}

// The reference names every key and table, and every table of it has keys.
func TestReference(t *testing.T) {
	text := Reference()
	for _, key := range Keys() {
		if !strings.Contains(text, "| `"+key.local()+"` | "+key.Type+" | ") {
			t.Errorf("%s is not in the reference", key.Name)
		}
		if key.Meaning == "" || strings.HasSuffix(key.Meaning, ".") || key.Default == "" && key.Example == "" {
			t.Errorf("%s: meaning %q, default %q, example %q", key.Name, key.Meaning, key.Default, key.Example)
		}
	}
	for _, table := range tables {
		if len(keysOf(table.name)) == 0 || !strings.Contains(text, "["+table.name+"]") {
			t.Errorf("[%s] has no keys, or no heading", table.name)
		}
	}
	if rows := strings.Count(text, "\n| `"); rows != len(schema) {
		t.Errorf("the reference has %d rows for %d keys", rows, len(schema))
	}
}
