package control_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"testing"

	"vns3/control"
	"vns3/peering"
)

// Every action of the registry is found by its name, decodes what it encodes, and refuses a field that
// it does not know by name.
func TestActionsRoundTrip(t *testing.T) {
	for _, a := range control.Actions() {
		q, err := control.Decode(a.Name, nil)
		if err != nil {
			t.Errorf("%s: decode nothing: %v", a.Name, err)
			continue
		}
		if q.Action() != a.Name {
			t.Errorf("%s decodes to the request of %s", a.Name, q.Action())
		}
		text, err := json.Marshal(q)
		if err != nil {
			t.Errorf("%s: %v", a.Name, err)
		}
		again, err := control.Decode(a.Name, text)
		if err != nil || !reflect.DeepEqual(q, again) {
			t.Errorf("%s: %s decodes to %+v, %v", a.Name, text, again, err)
		}
		for _, bad := range []string{`{"no_such_field":1}`, `{} {}`, `[]`, `{`} {
			var refused *control.Error
			if _, err := control.Decode(a.Name, []byte(bad)); !errors.As(err, &refused) || refused.Kind != control.Invalid {
				t.Errorf("%s: %s: %v, want a refusal of kind %q", a.Name, bad, err, control.Invalid)
			}
		}
		if _, err := control.DecodeReply(a.Name, []byte(`{}`)); err != nil {
			t.Errorf("%s: decode an empty reply: %v", a.Name, err)
		}
	}
}

// Rows of the peering table survive the way over the wire.
func TestPeeringSetRoundTrip(t *testing.T) {
	q := control.PeeringSet{
		Rows: map[int]peering.Row{1: {Kind: peering.Self}, 2: {Kind: peering.Address, Address: "10.0.2.10"}, 3: {}},
		MTU:  map[int]int{2: 1400}, Version: "7",
	}
	text, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	again, err := control.Decode(q.Action(), text)
	if err != nil || !reflect.DeepEqual(control.Request(q), again) {
		t.Errorf("%s decodes to %+v, %v", text, again, err)
	}
}
