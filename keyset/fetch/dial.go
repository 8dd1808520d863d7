package fetch

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// DefaultPort is the TCP port of a source.
	DefaultPort = 8000

	refusedFor   = 10 * time.Second // a refused connection is tried again for so long
	refusedEvery = 500 * time.Millisecond
	dialTime     = 10 * time.Second // for one try
)

// sourceAddress reads HOST[:PORT]. IPv6 addresses may stand in brackets, and must if a port follows.
func sourceAddress(source string) (string, error) {
	if addr, err := netip.ParseAddr(strings.Trim(source, "[]")); err == nil {
		return net.JoinHostPort(addr.String(), strconv.Itoa(DefaultPort)), nil
	}
	host, port, err := net.SplitHostPort(source)
	if err != nil {
		host, port = source, strconv.Itoa(DefaultPort)
	}
	_, notIP := netip.ParseAddr(host)
	n, notPort := strconv.ParseUint(port, 10, 16)
	if notPort != nil || n == 0 || host == "" || notIP != nil && strings.ContainsAny(host, "/: \t@") {
		return "", &Error{Reason: BadSource}
	}
	return net.JoinHostPort(host, port), nil
}

// dial connects to the source; while the connection is refused it tries again, for refusedFor.
func dial(ctx context.Context, connect func(context.Context, string, string) (net.Conn, error), address string) (net.Conn, error) {
	giveUp := time.NewTimer(refusedFor)
	defer giveUp.Stop()
	for {
		try, cancel := context.WithTimeout(ctx, dialTime)
		conn, err := connect(try, "tcp", address)
		cancel()
		if err == nil {
			return conn, nil
		}
		if failed := dialError(err); failed.Reason != ConnectionRefused {
			return nil, failed
		}
		again := time.NewTimer(refusedEvery)
		select {
		case <-again.C:
		case <-giveUp.C:
			again.Stop()
			return nil, &Error{Reason: ConnectionRefused}
		case <-ctx.Done():
			again.Stop()
			return nil, ctx.Err()
		}
	}
}

// dialError says why no connection was made.
func dialError(err error) *Error {
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return &Error{Reason: NoSuchName}
	case errors.As(err, &dns):
		return &Error{Reason: Unreachable, Cause: errors.New("the DNS server does not answer")}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &Error{Reason: ConnectionRefused}
	case timedOut(err):
		return &Error{Reason: TimedOut}
	}
	return &Error{Reason: Unreachable, Cause: err}
}

// exchangeError says why an exchange broke off.
func exchangeError(err error) error {
	switch {
	case timedOut(err):
		return &Error{Reason: TimedOut}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed),
		errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &Error{Reason: Cut}
	}
	return &Error{Reason: NotVNS3, Cause: err}
}

func timedOut(err error) bool {
	var network net.Error
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded) || errors.As(err, &network) && network.Timeout()
}
