package probe_test

import (
	"bytes"
	"net/netip"
	"testing"
	"time"

	"vns3/engine/tunnel/probe"
)

var (
	key   = [32]byte{1}
	other = [32]byte{2}
	start = time.Unix(1_800_000_000, 0)
	from  = netip.MustParseAddrPort("198.51.100.7:40000")
)

// A message survives the wire whole; with another key only kind and nonce do; longer ones are read.
func TestRoundTrip(t *testing.T) {
	for _, observed := range []netip.AddrPort{from, netip.MustParseAddrPort("[2001:db8::1]:1195"), {}} {
		want := probe.Message{
			Kind: probe.Answer, ID: 7, Listed: true, Nonce: 42, Discriminator: 43, Clock: start.Add(1234), Checksum: [8]byte{1, 2, 3}, Observed: observed,
		}
		b := want.Encode(key)
		if len(b) != probe.Size || !probe.Is(b) {
			t.Fatalf("%d bytes", len(b))
		}
		if got, proof := probe.Decode(b, key); proof != probe.Authentic || !got.Clock.Equal(want.Clock) || got.Observed != want.Observed || got.ID != 7 || !got.Listed {
			t.Errorf("got %+v, %v", got, proof)
		}
		if got, proof := probe.Decode(b, other); proof != probe.Unproven || got != (probe.Message{Kind: probe.Answer, Nonce: 42}) {
			t.Errorf("with another key: %+v, %v", got, proof)
		}
		if _, proof := probe.Decode(append(b, 1, 2, 3), key); proof != probe.Authentic {
			t.Error("an unknown tail is not ignored")
		}
	}
}

// Every changed bit of a proven message is noticed.
func TestTampered(t *testing.T) {
	b := probe.Message{Kind: probe.Request, ID: 1, Nonce: 1, Clock: start, Observed: from}.Encode(key)
	for i := range b {
		changed := bytes.Clone(b)
		changed[i] ^= 0x40
		if _, proof := probe.Decode(changed, key); proof == probe.Authentic {
			t.Errorf("byte %d changed unnoticed", i)
		}
	}
}

// Each cause has its verdict and no other.
func TestVerdicts(t *testing.T) {
	here := probe.Message{Kind: probe.Request, ID: 1, Nonce: 9, Discriminator: 100, Clock: start, Checksum: [8]byte{5}}
	there := probe.Listener{Self: 2, Discriminator: 200, Checksum: [8]byte{5}, Row: 1, Known: true}
	ask := func(l probe.Listener, theirKey [32]byte, theirClock time.Time) probe.Report {
		request, proof := probe.Decode(here.Encode(key), theirKey)
		reply, due := l.Reply(request, proof, from, theirClock)
		if !due {
			return probe.Report{}
		}
		answer, proof := probe.Decode(reply.Encode(theirKey), key)
		return probe.Judge(probe.Asked{Request: here, Expected: 2, SentAt: start}, answer, proof, start.Add(20*time.Millisecond))
	}
	with := func(change func(*probe.Listener)) probe.Listener {
		l := there
		change(&l)
		return l
	}
	middle := start.Add(10 * time.Millisecond)
	for _, c := range []struct {
		name  string
		there probe.Listener
		key   [32]byte
		clock time.Time
		want  probe.Verdict
	}{
		{"as it should be", there, key, middle, probe.OK},
		{"other keyset", there, other, middle, probe.OtherKeyset},
		{"other keyset, and we are strangers there", with(func(l *probe.Listener) { l.Known = false }), other, middle, probe.NoAnswer},
		{"a stranger with our keyset", with(func(l *probe.Listener) { l.Known, l.Row = false, 0 }), key, middle, probe.NotPeeredThere},
		{"IDs swapped", with(func(l *probe.Listener) { l.Self = 3 }), key, middle, probe.WrongID},
		{"no row for us", with(func(l *probe.Listener) { l.Row = 0 }), key, middle, probe.NotPeeredThere},
		{"our address is another row there", with(func(l *probe.Listener) { l.Row = 4 }), key, middle, probe.NotPeeredThere},
		{"myself", with(func(l *probe.Listener) { l.Discriminator, l.Self = 100, 1 }), key, middle, probe.Myself},
		{"clock ahead", there, key, middle.Add(1100 * time.Millisecond), probe.ClockSkew},
		{"clock behind", there, key, middle.Add(-time.Hour), probe.ClockSkew},
		{"clock a little ahead", there, key, middle.Add(900 * time.Millisecond), probe.OK},
	} {
		got := ask(c.there, c.key, c.clock)
		if got.Verdict != c.want {
			t.Errorf("%s: %v, want %v", c.name, got.Verdict, c.want)
		}
		if got.Verdict == probe.OK && (got.ID != 2 || got.RTT != 20*time.Millisecond || got.Observed != from || !got.ChecksumEqual) {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	future := here.Encode(key)
	future[4] = 99
	request, proof := probe.Decode(future, key)
	reply, due := there.Reply(request, proof, from, start)
	if proof != probe.OtherProbe || !due || reply.Kind != probe.Unsupported || reply.Nonce != here.Nonce {
		t.Errorf("another version: %v, %+v", proof, reply)
	}
	answer, proof := probe.Decode(reply.Encode(other), key)
	if r := probe.Judge(probe.Asked{Request: here}, answer, proof, start); r.Verdict != probe.OtherVersion {
		t.Errorf("another version: %v", r.Verdict)
	}
}

// Only requests are answered: two controllers cannot be made to answer each other for ever.
func TestAnswersAreNotAnswered(t *testing.T) {
	for kind := range probe.Kind(255) {
		m := probe.Message{Kind: kind, ID: 1, Nonce: 1, Clock: start}
		got, proof := probe.Decode(m.Encode(key), key)
		if _, due := (probe.Listener{Self: 2, Row: 1, Known: true}).Reply(got, proof, from, start); due != (kind == probe.Request) {
			t.Errorf("kind %d: answered %v", kind, due)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(probe.Message{Kind: probe.Request, ID: 1, Clock: start, Observed: from}.Encode(key))
	f.Add([]byte("\xf5vns"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		m, proof := probe.Decode(packet, key)
		if proof == probe.Authentic {
			again, proof := probe.Decode(m.Encode(key), key)
			if proof != probe.Authentic || again.ID != m.ID || again.Observed != m.Observed {
				t.Errorf("%+v became %+v", m, again)
			}
		}
		if reply, due := (probe.Listener{Known: true}).Reply(m, proof, from, start); due && len(reply.Encode(key)) > len(packet) {
			t.Error("the answer is larger than the request")
		}
	})
}
