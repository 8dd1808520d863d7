package clients

import (
	"testing"
	"time"
)

// TestHeardNoLaterThanItCame proves that traffic which the device counts is not taken for newer than it may
// be: whether a client still speaks decides about a takeover.
func TestHeardNoLaterThanItCame(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	report := func(bytes uint64) {
		w.cores[1].Polled([]Report{{Index: 0, RxBytes: bytes}}, w.now)
	}
	report(0)
	asked := w.now
	w.now = w.now.Add(5 * time.Second)
	report(100)
	if spoke, own := w.cores[1].spoke(); !own || spoke.After(asked) {
		t.Errorf("it is said to have spoken %v after it may have", spoke.Sub(asked))
	}
}

// TestTraffic proves that a client's traffic is known at its holder as soon as the device was asked, and told
// to the others once a minute.
func TestTraffic(t *testing.T) {
	w := newWorld(t, 2)
	w.attach(1, 0)
	count := func(bytes uint64) {
		w.cores[1].Heard(0, w.now)
		w.cores[1].Polled([]Report{{Index: 0, TxBytes: bytes, RxBytes: 2 * bytes}}, w.now)
	}
	count(1)
	w.run(time.Second)
	count(100)
	if here, told := w.cores[1].Latest(w.claims[0]), w.claims[0]; here.TxBytes != 100 || here.RxBytes != 200 || told.TxBytes != 1 {
		t.Errorf("known here: %d sent, %d received; told to all: %d sent", here.TxBytes, here.RxBytes, told.TxBytes)
	}
	w.run(tellEvery)
	if count(200); w.claims[0].TxBytes != 200 || w.cores[2].Latest(w.claims[0]).TxBytes != 200 {
		t.Errorf("a minute later, %d bytes are told", w.claims[0].TxBytes)
	}
}
