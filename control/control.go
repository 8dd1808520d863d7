// Package control is everything that may be asked of a controller: one request type for each action,
// and the Backend that carries it out. The engine of this process is a Backend; so is the Go client
// over the local socket or over HTTPS to another controller. Console, commands and API speak to a
// controller through it and nothing else, so each action exists once. The package does nothing itself.
package control

import (
	"context"
	"encoding/json"
	"fmt"

	"vns3/status"
)

// Backend is a controller that can be looked at and asked.
type Backend interface {
	// Snapshot returns the newest snapshot without waiting and without I/O. It is nil only while a
	// client has not received its first one.
	Snapshot() *status.Snapshot
	// Wait returns when a snapshot newer than the given one is there, or with the error of ctx.
	// A client that lost its controller returns ErrDisconnected once and goes on trying.
	Wait(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error)
	// Events returns the events with sequence numbers above after, oldest first, at most 1,000.
	Events(ctx context.Context, after uint64) ([]status.Event, error)
	// Do carries out one action and returns its reply. An action that takes longer than a blink
	// answers with the TaskStarted it began. When it returns, Snapshot shows what was done. Errors
	// are *Error; a reply that got lost may belong to an action that was carried out.
	Do(ctx context.Context, request Request) (any, error)
}

// Request is the arguments of one action. Its fields are the JSON of the action over socket and HTTPS.
type Request interface {
	Action() string // name in the registry: "peering set"
}

// Do asks b for one action and returns its reply as an R: what the registry names for the action.
func Do[R any](ctx context.Context, b Backend, request Request) (R, error) {
	var none R
	reply, err := b.Do(ctx, request)
	if err != nil {
		return none, err
	}
	typed, ok := reply.(R)
	if !ok {
		return none, &Error{Kind: Internal, What: request.Action(), Reason: fmt.Sprintf("the reply is a %T, not a %T", reply, none)}
	}
	return typed, nil
}

// Kind is the class of an error; callers branch on it, people read the rest.
type Kind string

// The classes of errors.
const (
	Invalid      Kind = "invalid"      // the request itself is wrong
	Unlicensed   Kind = "unlicensed"   // "Must be licensed first."
	NoKeyset     Kind = "no_keyset"    // "Keyset is missing"
	Exists       Kind = "exists"       // it is there already: "Keyset already exists."
	InProgress   Kind = "in_progress"  // the same thing is being done now
	NotFound     Kind = "not_found"    //
	Conflict     Kind = "conflict"     // somebody else changed it meanwhile; nothing was overwritten
	NotAllowed   Kind = "not_allowed"  // refused for a reason of state
	ReadOnly     Kind = "read_only"    // this console, or this user, may not write
	Unauthorized Kind = "unauthorized" // no password or token was given, or a wrong one
	Disconnected Kind = "disconnected" // the controller cannot be reached now
	Internal     Kind = "internal"     //
)

// Error says what was attempted, why it failed and what the operator can do.
type Error struct {
	Kind   Kind   `json:"kind"`
	What   string `json:"what"`   // the thing: "row 3", "license", "keyset fetch from 10.0.1.10"
	Reason string `json:"reason"` // why
	Remedy string `json:"remedy"` // what to do; empty where there is nothing to do
}

// Error is one line: thing, reason, remedy.
func (e *Error) Error() string {
	s := e.Reason
	if e.What != "" {
		s = e.What + ": " + e.Reason
	}
	if e.Remedy != "" {
		s += ": " + e.Remedy
	}
	return s
}

// ErrDisconnected is returned by a client whose controller went away.
var ErrDisconnected = &Error{Kind: Disconnected, Reason: "the controller does not answer", Remedy: "trying again by itself"}

// TaskStarted is the reply of an action that goes on by itself: watch Snapshot.Tasks for the ID.
type TaskStarted struct {
	Task int `json:"task"`
}

// Nothing is the reply of an action that has nothing to say but that it is done.
type Nothing struct{}

// Decode reads the JSON arguments of the named action. Unknown fields are refused by name.
func Decode(action string, body []byte) (Request, error) {
	a, ok := Find(action)
	if !ok {
		return nil, &Error{Kind: NotFound, What: action, Reason: "there is no such action"}
	}
	return a.decode(body)
}

// DecodeReply reads the JSON reply of the named action into the type that Do returns.
func DecodeReply(action string, body []byte) (any, error) {
	a, ok := Find(action)
	if !ok {
		return nil, &Error{Kind: NotFound, What: action, Reason: "there is no such action"}
	}
	return a.decodeReply(json.RawMessage(body))
}
