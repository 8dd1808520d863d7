// Package api serves the VNS3 API on TCP 8000 and the same on the local socket, with vns3's own
// additions under /local/. It speaks to a control.Backend and knows nothing of the engine behind it;
// it never changes a controller but through that interface.
//
// # Envelope
//
// Success is {"response": …} with 200, or 201 for a new access token. Failure is {"error": {"name",
// "log", "message"}}, where log is a reference number, as a string, that stands in the engine's log
// too. Both are always application/json; clientpack files are as GET /clientpack says. /local/ answers
// without an envelope: the JSON of a snapshot, an event list or a reply; its failures are the JSON of
// a control.Error.
//
// # Arguments
//
// They come as a JSON object in the body, with any method and any Content-Type, or as a query string.
// An integer may be written as a string ("1500"), a boolean as "true" or "False"; null and "_notset"
// mean: not given. Names that a route does not know are refused, except those of the product that
// have no meaning here (they are in the table, marked ignored). A slash at the end of a path is
// overlooked. /api/openapi.json describes every route; it is made from the same table that serves.
//
// # Who may call
//
// Over HTTPS: HTTP Basic or the header Api-Token, see package access. On the local socket: whoever may
// open the file. A browser's cross-site requests are refused. After too many wrong passwords the 401
// has a Retry-After, and nothing but a password proven before is looked at until then.
//
// # Restarts
//
// See Cause. Only the HTTPS listener restarts; the local socket goes on.
//
// # Limits
//
// Header 16 KiB, body 1 MiB, 20 s to send a request, 60 s to take the answer, 512 connections, half of
// them from one address. What is beyond is answered in JSON where an answer is possible, and closed.
package api

import "time"

// FetchProtocol is the ALPN protocol of the keyset fetch; its connections carry no HTTP.
const FetchProtocol = "vns3-keyset/1"

// DefaultMaxConns is how many HTTPS connections may be open at once.
const DefaultMaxConns = 512

const (
	maxHeader        = 16 << 10
	maxBody          = 1 << 20
	handshakeTimeout = 10 * time.Second
	readTimeout      = 20 * time.Second       // for a request; half of it for its header, three times for the answer and between two
	closeTimeout     = 300 * time.Millisecond // for requests in progress when the listener goes down
	bindRetry        = time.Second
)
