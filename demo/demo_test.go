package demo

import (
	"context"
	"errors"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"vns3/control"
)

// base draws a loopback address, so that demonstrations that run at the same time do not meet.
func base() netip.Addr {
	return netip.AddrFrom4([4]byte{127, byte(1 + rand.IntN(254)), byte(rand.IntN(256)), 10})
}

// soon is how long whoever starts a demonstration waits for the whole mesh at most, also on a busy machine.
const soon = 10 * time.Second

// The mesh is there soon. The tour works from the first to the last stop, and leaves no file behind.
func TestTour(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	began := time.Now()
	d, err := Start(t.Context(), Options{Version: "test", Base: base(), Progress: func(line string) { t.Logf("%5v %s", time.Since(began).Round(time.Millisecond), line) }})
	if err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > soon {
		t.Errorf("the mesh is up after %v only, want %v", took, soon)
	}
	var told strings.Builder
	if err := d.Tour(t.Context(), &told); err != nil {
		t.Error(err)
	}
	t.Log("\n" + told.String())
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("files were left behind: %v %v", left, err)
	}
}

// A port that is taken is told with the port and what to do, before anything runs or is written.
func TestPortTaken(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	at := base()
	taken, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Next().Next(), 1195)))
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, err = Start(t.Context(), Options{Base: at})
	var told *control.Error
	if !errors.As(err, &told) || !strings.Contains(told.What, taken.LocalAddr().String()) || told.Remedy == "" {
		t.Errorf("got %v, want the port %v and a remedy", err, taken.LocalAddr())
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) != 0 {
		t.Errorf("files were written: %v", left)
	}
}

// A start that is given up leaves nothing behind.
func TestGivenUp(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	ctx, giveUp := context.WithCancel(t.Context())
	_, err := Start(ctx, Options{Base: base(), Progress: func(string) { giveUp() }})
	if err == nil {
		t.Error("it started")
	}
	if left, _ := os.ReadDir(os.TempDir()); len(left) != 0 {
		t.Errorf("files were left behind: %v", left)
	}
}
