package fetch

import (
	"io"
	"net"
	"strings"
	"testing"
)

// Proves that programs other than vns3 are told apart from a broken fetch.
func TestGarbage(t *testing.T) {
	for name, answer := range map[string]string{
		"http":     "HTTP/1.1 400 Bad Request\r\n\r\n",
		"ssh":      "SSH-2.0-OpenSSH_9.6\r\n",
		"zeroes":   strings.Repeat("\x00", 64),
		"binary":   strings.Repeat("\xff\x16\x03", 64),
		"oversize": "\x16\x03\x03\xff\xff" + strings.Repeat("x", 70000),
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
				go io.Copy(io.Discard, c)
				io.WriteString(c, answer)
			})})
			wantReason(t, err, NotVNS3)
		})
	}
	inTLS := map[string][]byte{
		"type":     {99, 0, 0, 0, 0},
		"length":   {byte(frameOffer), 0xff, 0xff, 0xff, 0xff},
		"json":     append([]byte{byte(frameOffer), 0, 0, 0, 3}, "{]}"...),
		"no salt":  append([]byte{byte(frameOffer), 0, 0, 0, 14}, `{"protocol":1}`...),
		"too soon": {byte(frameAccept), 0, 0, 0, 0},
		"refusal":  {byte(frameRefused), 0, 0, 0, 5, byte(Cut), 0, 0, 0, 0},
	}
	for name, frame := range inTLS {
		t.Run("in TLS "+name, func(t *testing.T) {
			_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
				secure := tlsServer(c, ALPN)
				secure.Write(frame)
			})})
			wantReason(t, err, NotVNS3)
		})
	}
	t.Run("another ALPN", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
			tlsServer(c, "h2", "http/1.1").Handshake()
		})})
		wantReason(t, err, NotVNS3)
	})
	t.Run("another version", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, Dial: answering(func(c net.Conn) {
			writeFrame(tlsServer(c, ALPN), frameOffer, offer{Protocol: 2, Version: "9.0"}.encode())
		})})
		if failed := wantReason(t, err, VersionMismatch); !strings.Contains(failed.Error(), "9.0") {
			t.Errorf("%v does not name the version", failed)
		}
	})
	t.Run("a share of the identity", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, stretch: quick, Dial: answering(func(c net.Conn) {
			secure := tlsServer(c, ALPN)
			writeFrame(secure, frameOffer, newBundle(t).offer(make([]byte, halfSize)).encode())
			readFrame(secure, frameShare)
			writeFrame(secure, frameAnswer, make([]byte, shareSize))
		})})
		wantReason(t, err, NotVNS3)
	})
	t.Run("a source without the token", func(t *testing.T) {
		_, err := Fetch(t.Context(), Options{Source: "10.0.1.10", Token: rightToken, stretch: quick, Dial: answering(func(c net.Conn) {
			secure := tlsServer(c, ALPN)
			if err := secure.Handshake(); err != nil {
				t.Error(err)
			}
			bundle := newBundle(t)
			x := exchange{server: NewServer(ServerOptions{}), conn: secure}
			bundle.Token.Stretched[0]++
			keys, err := x.agree(bundle)
			if err != nil {
				t.Error(err)
			}
			readFrame(secure, frameProof)
			writeFrame(secure, frameAccept, keys.accept)
		})})
		wantReason(t, err, Unproved)
	})
}

// Proves that a program of another version is told so by the source.
func TestSourceRefusesOtherVersions(t *testing.T) {
	w := newWorld(t, fixed{bundle: newBundle(t)})
	secure := w.connect(t)
	if _, _, err := readFrame(secure, frameOffer); err != nil {
		t.Fatal(err)
	}
	writeFrame(secure, frameShare, share{protocol: 2, sid: make([]byte, halfSize), value: make([]byte, shareSize)}.encode())
	_, payload, err := readFrame(secure, frameRefused)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decodeRefusal(payload); err != nil || got.reason != VersionMismatch {
		t.Errorf("refused with %v, %v; want %v", got.reason, err, VersionMismatch)
	}
	secure.NetConn().Close()
	w.wg.Wait()
}
