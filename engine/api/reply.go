package api

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"vns3/control"
	"vns3/engine/api/access"
)

const jsonType = "application/json"

// Names of failures, as the product's clients know them.
const (
	unauthorized = "UnauthorizedError"
	argument     = "APIArgumentError"
	badRequest   = "APIBadRequestError"
	prerequisite = "PrerequisiteError"
	notAllowed   = "OperationNotAllowedError"
	notFound     = "APINotFoundError"
	internal     = "InternalError"
)

// Messages that clients compare with.
const (
	mustBeLicensed  = "Must be licensed first."
	keysetMissing   = "Keyset is missing"
	keysetExists    = "Keyset already exists."
	keysetRunning   = "Keyset setup in progress."
	badLicense      = "Bad license"
	nothingToDo     = "Nothing to do"
	badPassword     = "Invalid password"
	badRoute        = "bad route id or route not found"
	noSuchPath      = "There is no such path"
	internalFailure = "The controller failed to do this: its log says why under this reference"
)

// failure is an answer that is no success.
type failure struct {
	Name    string `json:"name"`
	Log     string `json:"log"` // reference number in the engine's log
	Message string `json:"message"`

	status int
	cause  error // for the log only
}

func (f failure) Error() string { return f.Message }

func (f failure) envelope() []byte { return encode(map[string]failure{"error": f}) }

func fail(status int, name, message string) failure {
	return failure{status: status, Name: name, Message: message}
}

// invalid refuses an argument.
func invalid(format string, a ...any) failure {
	return fail(http.StatusBadRequest, argument, fmt.Sprintf(format, a...))
}

// newReference is the time in seconds and a random number, in digits only.
func newReference() string {
	var b [8]byte
	rand.Read(b[:])
	return strconv.FormatInt(time.Now().Unix(), 10) + fmt.Sprintf("%020d", binary.BigEndian.Uint64(b[:]))
}

// failureOf gives any error the name and status that the API has for it.
func failureOf(err error) failure {
	var f failure
	var denied *access.Denied
	var refused *control.Error
	switch {
	case errors.As(err, &f):
	case errors.As(err, &denied):
		f = fail(http.StatusUnauthorized, unauthorized, denied.Error())
	case errors.As(err, &refused):
		f = ofKind(refused)
	default:
		f = fail(http.StatusInternalServerError, internal, internalFailure)
		f.cause = err
	}
	if f.cause == nil {
		f.cause = err
	}
	return f
}

func ofKind(e *control.Error) failure {
	switch e.Kind {
	case control.Invalid:
		return fail(http.StatusBadRequest, argument, e.Error())
	case control.Unlicensed:
		return fail(http.StatusForbidden, prerequisite, mustBeLicensed)
	case control.NoKeyset:
		return fail(http.StatusForbidden, prerequisite, keysetMissing)
	case control.Exists, control.InProgress, control.Conflict:
		return fail(http.StatusBadRequest, badRequest, e.Error())
	case control.NotAllowed, control.ReadOnly:
		return fail(http.StatusForbidden, notAllowed, e.Error())
	case control.NotFound:
		return fail(http.StatusNotFound, notFound, e.Error())
	}
	return failure{status: http.StatusInternalServerError, Name: internal, Message: internalFailure, cause: e}
}

// kindOf goes the other way, for /local/: what the client branches on.
func (f failure) kind() control.Kind {
	switch f.Name {
	case argument, badRequest:
		return control.Invalid
	case notFound:
		return control.NotFound
	case internal:
		return control.Internal
	}
	return control.NotAllowed
}

// refuse writes a failure and logs it under its reference.
func (s *Server) refuse(w http.ResponseWriter, r *http.Request, err error) {
	f := failureOf(err)
	f.Log = newReference()
	s.logFailure(r, f)
	if f.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="vns3"`)
	}
	var denied *access.Denied
	if errors.As(err, &denied) && denied.Wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(int((denied.Wait+time.Second-1)/time.Second)))
	}
	if f.status == http.StatusRequestEntityTooLarge || f.status == http.StatusRequestTimeout {
		w.Header().Set("Connection", "close")
	}
	body := f.envelope()
	if isLocal(r) {
		body = encode(localError(err, f))
	}
	writeJSON(w, f.status, body)
}

func (s *Server) logFailure(r *http.Request, f failure) {
	log := s.o.Log.Debug
	if f.status >= 500 {
		log = s.o.Log.Error
	}
	log("api: refused", "reference", f.Log, "method", r.Method, "path", r.URL.Path, "from", r.RemoteAddr,
		"status", f.status, "message", f.Message, "cause", f.cause)
}

func writeJSON(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", jsonType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) // an error means that the client is gone
}

// encode returns the JSON of an API type, with "<" as "<". Types of this package always encode; what
// a backend replies might not.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %T: %v", v, err))
	}
	return b.Bytes()
}

// kindOf is the kind of a backend's error, empty for others.
func kindOf(err error) control.Kind {
	var refused *control.Error
	if errors.As(err, &refused) {
		return refused.Kind
	}
	return ""
}
