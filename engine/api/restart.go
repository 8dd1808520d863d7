package api

import "time"

// Cause is why the HTTPS listener restarts. The product reboots for these; clients wait to see it go
// and come back, so connections must really be refused for some seconds.
type Cause uint8

// The causes of a restart.
const (
	Asked         Cause = iota // PUT /server {"reboot": true}
	ParametersSet              // PUT /license/parameters was accepted
	KeysetFetched              // a fetched keyset is stored; never for a generated one
)

// String names the cause in logs and events.
func (c Cause) String() string {
	return [...]string{"asked for", "license parameters were set", "a keyset was fetched"}[c]
}

// RestartTiming is how a restart of the listener is paced.
type RestartTiming struct {
	Settle       time.Duration // from ParametersSet or Asked to going down: the reply must get out
	SettleKeyset time.Duration // from KeysetFetched to going down: a client polling every 2 s must see it
	Down         time.Duration // how long connections are refused
}

// DefaultTiming is what public clients were made for.
var DefaultTiming = RestartTiming{Settle: time.Second, SettleKeyset: 3500 * time.Millisecond, Down: 4 * time.Second}

// Restart closes the HTTPS listeners and their connections after a while and opens them again. It
// returns at once; a restart that is already under way is not made longer. Tunnels and the local
// socket are not touched.
//
// With KeysetFetched the engine calls it before it publishes the snapshot that shows the keyset:
// until the restart is over GET /keyset goes on saying "Must be licensed first.".
func (s *Server) Restart(cause Cause) {}

// Listening is "ok", "restarting", or why the HTTPS listener is not open: Snapshot.System.APIListening.
func (s *Server) Listening() string { return "ok" }
