package client

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
)

// late reports whether an answer did not come in time.
func late(err error) bool {
	var network net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}

// inWords says why a controller cannot be reached, and what helps, instead of the words of the system.
func inWords(err error) (reason, remedy string) {
	var name *net.DNSError
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &name):
		return "the name " + name.Name + " does not resolve", "check the name, or give the address"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return "no engine answers there", "start it, or check the address"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "there is no route to it from here", "check the address and the network of this machine"
	case late(err):
		return "no answer before the time was up", "is the controller up, and TCP 8000 open on it to this machine?"
	case errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		return "what answers there does not speak TLS", "check the port: a controller's API is at 8000"
	case strings.HasSuffix(err.Error(), "server closed idle connection"), // net/http has no name for it
		errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "the connection broke off", "try again; vns3 status there says whether the engine runs"
	}
	return err.Error(), ""
}
