package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vns3/control"
	"vns3/status"
)

const (
	streamInterval  = 100 * time.Millisecond // at least, between two snapshots
	encodingShare   = 50                     // and so many times what encoding one took: 2 % of a core,
	streamSlowest   = time.Second            // but no more than this
	heartbeatEvery  = 2 * time.Second        // of silence
	ndjsonType      = "application/x-ndjson"
	snapshotAtField = "Vns3-Snapshot-At" // header of a reply: a snapshot of this time or later shows it
)

// heartbeat is the line that says: nothing new, but alive.
var heartbeat = []byte("{}\n")

// getSnapshot is GET /local/snapshot.
func (s *Server) getSnapshot(w http.ResponseWriter, r *http.Request) {
	writeJSON(w, http.StatusOK, encode(s.o.Backend.Snapshot()))
}

// getStream is GET /local/stream: latest wins. Whoever reads slowly misses snapshots; whoever reads
// nothing is cut off.
func (s *Server) getStream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", ndjsonType)
	rc := http.NewResponseController(w)
	rc.SetReadDeadline(time.Time{}) // else the server takes the reader's silence for its end
	for seen := (*status.Snapshot)(nil); ; {
		next, err := s.newer(r.Context(), seen)
		if err != nil {
			return
		}
		line, begun := heartbeat, time.Now()
		if next != nil {
			line, seen = encode(next), next
		}
		took := time.Since(begun)
		rc.SetWriteDeadline(time.Now().Add(s.patience / 2))
		if _, err := w.Write(line); err != nil || rc.Flush() != nil {
			return
		}
		if !pause(r.Context(), min(max(streamInterval, encodingShare*took), streamSlowest)) {
			return
		}
	}
}

// newer returns the next snapshot, or nil when it is time for a heartbeat.
func (s *Server) newer(ctx context.Context, than *status.Snapshot) (*status.Snapshot, error) {
	beat, cancel := context.WithTimeout(ctx, heartbeatEvery)
	defer cancel()
	next, err := s.o.Backend.Wait(beat, than)
	if err != nil && ctx.Err() == nil && beat.Err() != nil {
		return nil, nil
	}
	return next, err
}

// getEvents is GET /local/events?after=N.
func (s *Server) getEvents(w http.ResponseWriter, r *http.Request) {
	after := uint64(0)
	if text := r.URL.Query().Get("after"); text != "" {
		var err error
		if after, err = strconv.ParseUint(text, 10, 64); err != nil {
			s.refuse(w, r, invalid("after must be a sequence number"))
			return
		}
	}
	events, err := s.o.Backend.Events(r.Context(), after)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if events == nil {
		events = []status.Event{}
	}
	writeJSON(w, http.StatusOK, encode(events))
}

// postDo is POST /local/do/{action}.
func (s *Server) postDo(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(w, r)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	name := strings.ReplaceAll(strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/local/do/"), "/"), "/", " ")
	q, err := control.Decode(name, body)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if create, ok := q.(control.AccessTokenCreate); ok {
		create.From = origin(caller(r)) // nobody else's word counts
		q = create
	}
	reply, err := s.o.Backend.Do(r.Context(), q)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	text, err := json.Marshal(reply)
	if err != nil {
		s.refuse(w, r, err)
		return
	}
	if snap := s.o.Backend.Snapshot(); snap != nil {
		w.Header().Set(snapshotAtField, snap.At.Format(time.RFC3339Nano))
	}
	writeJSON(w, http.StatusOK, text)
}

// localError is a failure as /local/ says it.
func localError(err error, f failure) *control.Error {
	var refused *control.Error
	if errors.As(err, &refused) {
		return refused
	}
	return &control.Error{Kind: f.kind(), Reason: f.Message}
}

func (s *Server) getMetrics(w http.ResponseWriter, r *http.Request) { s.metrics.ServeHTTP(w, r) }
