package api

import (
	"bytes"
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"sync"

	"vns3/engine/api/access"
)

// limiter bounds the open connections, in all and from one origin.
type limiter struct {
	mu   sync.Mutex
	all  int
	max  int
	from map[netip.Prefix]int
}

func newLimiter(max int) *limiter { return &limiter{max: max, from: map[netip.Prefix]int{}} }

func (l *limiter) take(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	origin := access.Origin(a)
	if l.all >= l.max || l.from[origin] >= (l.max+1)/2 {
		return false
	}
	l.all++
	l.from[origin]++
	return true
}

func (l *limiter) give(a netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	origin := access.Origin(a)
	l.all--
	if l.from[origin]--; l.from[origin] == 0 {
		delete(l.from, origin)
	}
}

// limitedConn gives its place back when it is closed.
type limitedConn struct {
	net.Conn
	release func()
}

func (c *limitedConn) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// handover is the listener of connections whose handshake is done and that carry HTTP.
type handover struct {
	addr   net.Addr
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newHandover(addr net.Addr) *handover {
	return &handover{addr: addr, conns: make(chan net.Conn), closed: make(chan struct{})}
}

func (h *handover) give(ctx context.Context, c net.Conn) {
	select {
	case h.conns <- c:
	case <-h.closed:
		c.Close()
	case <-ctx.Done():
		c.Close()
	}
}

// Accept implements net.Listener.
func (h *handover) Accept() (net.Conn, error) {
	select {
	case c := <-h.conns:
		return c, nil
	case <-h.closed:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener.
func (h *handover) Close() error {
	h.once.Do(func() { close(h.closed) })
	return nil
}

// Addr implements net.Listener.
func (h *handover) Addr() net.Addr { return h.addr }

// httpConn turns the plain-text refusals that net/http writes by itself, before any handler is asked
// (a header that is too large or malformed), into the API's JSON.
type httpConn struct{ net.Conn }

// plainRefusal is how the header of such an answer ends.
var plainRefusal = []byte("\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\n\r\n")

func (c *httpConn) Write(b []byte) (int, error) {
	head, _, refusal := bytes.Cut(b, plainRefusal)
	if !refusal || !bytes.HasPrefix(head, []byte("HTTP/1.1 4")) || len(head) < 12 || bytes.Contains(head, []byte("\n")) {
		return c.Conn.Write(b)
	}
	status, err := strconv.Atoi(string(head[9:12]))
	if err != nil {
		return c.Conn.Write(b)
	}
	body := failure{Name: badRequest, Log: newReference(), Message: http.StatusText(status)}.envelope()
	reply := append(bytes.Clone(head), "\r\nContent-Type: "+jsonType+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\nConnection: close\r\n\r\n"...)
	if _, err := c.Conn.Write(append(reply, body...)); err != nil {
		return 0, err
	}
	return len(b), nil
}

// CloseWrite lets the other side read the refusal before the connection goes.
func (c *httpConn) CloseWrite() error {
	switch under := c.Conn.(type) {
	case *tls.Conn:
		return under.CloseWrite()
	case *net.UnixConn:
		return under.CloseWrite()
	}
	return nil
}
