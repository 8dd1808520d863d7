package keyset

import (
	"vns3/control"
	"vns3/tui/component/form"
	"vns3/tui/page"
)

// kind is what a keyset dialog is for.
type kind uint8

const (
	generate kind = iota
	fetch
	changeToken
)

const (
	topologyField = "topology"
	sourceField   = "source"
	tokenField    = "token"
)

// words are the texts of a kind.
var words = [...]struct {
	title, action, button, unchanged string
	intro                            string
}{
	generate: {
		title: "Generate Keyset", action: "keyset generate", button: "Generate", unchanged: "nothing was changed",
		intro: "Once per topology, on one controller. The others fetch the keys from it with this token.",
	},
	fetch: {
		title: "Fetch Keyset", action: "keyset fetch", button: "Fetch", unchanged: "nothing was changed here",
		intro: "",
	},
	changeToken: {
		title: "Change token", action: "keyset change-token", button: "Change", unchanged: "the old token stays",
		intro: "The keys stay the same. Controllers that have them need nothing; new ones fetch with the new token.",
	},
}

func (k kind) fields(c *page.Context, source string) []form.Field {
	token := form.Field{Name: tokenField, Label: "Security token", Kind: form.Secret, Check: checkToken,
		Hint: "ctrl+r shows it, ctrl+g proposes a good one, ctrl+y copies it"}
	switch k {
	case generate:
		return []form.Field{{
			Name: topologyField, Label: "Topology name", Value: c.Snapshot.Controller.TopologyName,
			Placeholder: "Acme overlay", Hint: "a name to show; the others get it with the keys",
		}, token}
	case fetch:
		token.Check, token.Hint = checkProof, "the one that was set where the keys were generated"
		return []form.Field{{
			Name: sourceField, Label: "Controller with the keys", Value: source, Placeholder: "10.0.1.10",
			Hint: "private IP or DNS name; any controller that has them", Check: checkSource,
		}, token}
	}
	return []form.Field{token}
}

// request is what the filled form asks for.
func (k kind) request(f *form.Model) control.Request {
	switch token := f.Value(tokenField); k {
	case generate:
		return control.KeysetGenerate{Topology: f.Value(topologyField), Token: token}
	case fetch:
		return control.KeysetFetch{Source: source(f.Value(sourceField)), Token: token}
	default:
		return control.KeysetChangeToken{Token: token}
	}
}
