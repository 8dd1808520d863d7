package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"

	"vns3/status"
)

// Action is an entry of the registry: one thing that may be asked of a controller. Commands, console,
// palette, the local API and their documentation are made from it.
type Action struct {
	Name   string // words of the command: "peering set"
	Short  string // one line, without a full stop
	Writes bool   // refused when read-only
	Edits  bool   // writes the configuration file: refused where that may not be written
	// Confirm is the question to ask before a destructive action; empty: it needs none.
	Confirm string

	decode      func([]byte) (Request, error)
	decodeReply func(json.RawMessage) (any, error)
}

// Actions returns all actions in order of their names.
func Actions() []Action {
	return slices.SortedFunc(slices.Values(registry), func(a, b Action) int { return strings.Compare(a.Name, b.Name) })
}

// Find returns the action with the name.
func Find(name string) (Action, bool) {
	for _, a := range registry {
		if a.Name == name {
			return a, true
		}
	}
	return Action{}, false
}

// access is what an action does to a controller.
type access uint8

const (
	reads  access = iota
	writes        // its state
	edits         // its configuration file
)

// registry is the one list of actions.
var registry = []Action{
	action[PeeringSet, Nothing]("peering set", "Save rows of the peering table", edits, ""),
	action[PeeringApply, Nothing]("peering apply", "Apply staged rows of the peering table", edits, ""),
	action[PeeringAccept, Nothing]("peering accept", "Accept a controller that wants to peer", edits, ""),
	action[PeeringCheck, Report]("peering check", "Check an address as a row would use it", reads, ""),
	action[KeysetGenerate, TaskStarted]("keyset generate", "Generate the keys of a topology, once", writes, ""),
	action[KeysetFetch, TaskStarted]("keyset fetch", "Fetch the keyset from another controller", writes, ""),
	action[KeysetRemove, Nothing]("keyset remove", "Remove the keyset from this controller", writes, "Remove the keyset? All tunnels of this controller end."),
	action[KeysetChangeToken, TaskStarted]("keyset change-token", "Set a new security token; keys stay", writes, ""),
	action[KeysetRearm, Nothing]("keyset rearm", "Open a closed fetch source again", writes, ""),
	action[LicenseInstall, LicenseShown]("license install", "Install a license", writes, ""),
	action[LicenseUpgrade, LicenseUpgraded]("license upgrade", "Upgrade the license", writes, ""),
	action[LicenseParameters, LicenseShown]("license parameters", "Set the overlay parameters, for good", writes, "Set the overlay parameters? They cannot be changed afterwards."),
	action[LicenseShow, LicenseShown]("license show", "Show the license", reads, ""),
	action[PackExport, PackFile]("clientpack export", "Export a clientpack to a file", reads, ""),
	action[PackSet, Nothing]("clientpack set", "Enable, disable, check out, check in or tag a clientpack", writes, ""),
	action[PackNext, PackHandedOut]("clientpack next", "Hand out the next clientpack", writes, ""),
	action[PackRegenerate, TaskStarted]("clientpack regenerate", "Give a clientpack a new key", writes, "Regenerate? The configuration in use stops working everywhere."),
	action[PackAdd, Nothing]("clientpack add", "Add clientpacks that the license allows", writes, ""),
	action[ClientDisconnect, Nothing]("clientpack disconnect", "End a client's session", writes, "Disconnect? The client may come again by itself."),
	action[RouteAdd, status.Route]("route add", "Add a route", edits, ""),
	action[RouteRemove, Nothing]("route remove", "Remove a route", edits, "Remove the route?"),
	action[RouteEnable, Nothing]("route enable", "Enable or disable a route", edits, ""),
	action[Drain, TaskStarted]("drain", "Hand clients and traffic over before maintenance", writes, "Drain this controller? Its clients move to the others."),
	action[Rebalance, TaskStarted]("rebalance", "Spread clients over the controllers again", writes, ""),
	action[Takeover, TaskStarted]("takeover", "Take the clients of a lost controller", writes, "Take over? Do this only if the other side of the cut does not."),
	action[TaskCancel, Nothing]("task cancel", "Cancel a task", writes, ""),
	action[AccessPassword, AccessPasswordSet]("access password", "Set the API password", writes, ""),
	action[AccessUser, AccessUserSet]("access user", "Set the second API user", writes, ""),
	action[AccessTokenCreate, AccessToken]("access token add", "Create an API token", writes, ""),
	action[AccessTokens, AccessTokenList]("access token list", "List API tokens", reads, ""),
	action[AccessTokenExpire, AccessToken]("access token expire", "Expire an API token, or begin its lifetime anew", writes, ""),
	action[AccessTokenRevoke, Nothing]("access token remove", "Delete an API token", writes, "Delete the token? Programs that use it are locked out."),
	action[ConfigSet, Nothing]("config set", "Change names and NTP hosts", edits, ""),
	action[ConfigReload, Nothing]("config reload", "Read the configuration file again", writes, ""),
	action[Check, Report]("check", "Ask the doctor what works and what does not", reads, ""),
}

// action makes a registry entry from the types of the request and of its reply.
func action[Q Request, R any](name, short string, does access, confirm string) Action {
	return Action{
		Name: name, Short: short, Writes: does != reads, Edits: does == edits, Confirm: confirm,
		decode: func(body []byte) (Request, error) {
			var q Q
			if err := strictJSON(body, &q); err != nil {
				return nil, &Error{Kind: Invalid, What: name, Reason: err.Error()}
			}
			return q, nil
		},
		decodeReply: func(body json.RawMessage) (any, error) {
			var r R
			err := json.Unmarshal(body, &r)
			return r, err
		},
	}
}

// strictJSON decodes one JSON object and nothing after it. An empty body is an empty object.
func strictJSON(body []byte, into any) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the JSON object")
	}
	return nil
}
