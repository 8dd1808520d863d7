package fetch

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

var (
	stranger = netip.MustParseAddr("203.0.113.9")
	start    = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
)

// fail reserves an attempt that stays a failure.
func fail(t *testing.T, l *Limiter, a Attempt) {
	t.Helper()
	if reason, wait := l.Reserve(a); reason != 0 {
		t.Fatalf("attempt at %v refused: %v, %v", a.At, reason, wait)
	}
}

// Proves the waits of one address: three free, then 1 s doubling to 1 h, to the nanosecond.
func TestAddressWaits(t *testing.T) {
	l := NewLimiter(State{})
	at := start
	for n, want := range []time.Duration{0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600} {
		want *= time.Second
		if want > 0 {
			if reason, wait := l.Check(Attempt{stranger, Far, at}); reason != RateLimited || wait != want {
				t.Fatalf("after %d failures: %v, %v; want to wait %v", n, reason, wait, want)
			}
			if reason, _ := l.Reserve(Attempt{stranger, Far, at.Add(want - 1)}); reason != RateLimited {
				t.Fatalf("after %d failures: %v a nanosecond too early", n, reason)
			}
		}
		at = at.Add(want)
		fail(t, l, Attempt{stranger, Far, at})
	}
	other := netip.MustParseAddr("203.0.113.10")
	fail(t, l, Attempt{other, Far, at})
}

// Proves that an address is a /64 in IPv6, and that a mapped IPv4 address is the IPv4 one.
func TestAddressIsANetwork(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"2001:db8::1", "2001:db8::ffff:1", true},
		{"2001:db8::1", "2001:db8:0:1::1", false},
		{"fe80::1%eth0", "fe80::2%eth1", true},
		{"::ffff:203.0.113.9", "203.0.113.9", true},
		{"203.0.113.9", "203.0.113.8", false},
	} {
		same := network(netip.MustParseAddr(c.a)) == network(netip.MustParseAddr(c.b))
		if same != c.same {
			t.Errorf("%s and %s are one address: %v, want %v", c.a, c.b, same, c.same)
		}
	}
}

// Proves the bucket of a budget: 20 at once, then one each six minutes, whatever the addresses; and that
// the other budget is not touched by it.
func TestBuckets(t *testing.T) {
	l := NewLimiter(State{})
	n := byte(0)
	next := func(b Budget, at time.Time) Attempt {
		n++
		return Attempt{netip.AddrFrom4([4]byte{203, 0, 113, n}), b, at}
	}
	for range BucketSize {
		fail(t, l, next(Far, start))
	}
	if reason, wait := l.Check(next(Far, start)); reason != RateLimited || wait != BucketInterval {
		t.Errorf("an empty bucket: %v, %v; want to wait %v", reason, wait, BucketInterval)
	}
	fail(t, l, next(Near, start))
	fail(t, l, next(Far, start.Add(BucketInterval)))
	if reason, _ := l.Check(next(Far, start.Add(BucketInterval))); reason != RateLimited {
		t.Error("six minutes refill more than one")
	}
	for range 10 {
		fail(t, l, next(Far, start.Add(time.Hour+BucketInterval)))
	}
	if reason, _ := l.Check(next(Far, start.Add(time.Hour+BucketInterval))); reason != RateLimited {
		t.Error("an hour refills more than ten")
	}
}

// Proves that a right token takes back its own reservation and all that stood against its address, and
// that parallel attempts of others stay counted.
func TestSuccess(t *testing.T) {
	l := NewLimiter(State{})
	right, wrong := Attempt{home, Near, start}, Attempt{netip.MustParseAddr("10.9.9.9"), Near, start}
	for range FreeFailures - 1 {
		fail(t, l, right)
	}
	for range FreeFailures {
		fail(t, l, wrong)
	}
	fail(t, l, right)
	l.Success(right)
	if reason, _ := l.Check(right); reason != 0 {
		t.Errorf("after the right token: %v", reason)
	}
	if reason, _ := l.Check(wrong); reason != RateLimited {
		t.Error("the right token of one address helped another")
	}
	if s := l.State(); s.Failures != 0 || s.Spent[Near].Tokens != 2*FreeFailures-1 {
		t.Errorf("state %+v: want no failures, and all but the right token spent", s)
	}
}

// Proves that failures survive a restart, and that a clock that was set back locks nobody out for longer
// than the rule says.
func TestStateSurvives(t *testing.T) {
	l := NewLimiter(State{})
	for range FreeFailures {
		fail(t, l, Attempt{stranger, Far, start})
	}
	fail(t, l, Attempt{netip.Addr{}, Far, start})
	file := StateFile(filepath.Join(t.TempDir(), "fetch.json"))
	if s, err := file.Load(); err != nil || !reflect.DeepEqual(s, State{}) {
		t.Errorf("no file is %+v, %v; want a new source", s, err)
	}
	if err := file.Save(l.State()); err != nil {
		t.Fatal(err)
	}
	s, err := file.Load()
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(s, l.State()) {
		t.Errorf("read back %+v, want %+v", s, l.State())
	}
	back := Attempt{stranger, Far, start.Add(-1000 * time.Hour)}
	if reason, wait := NewLimiter(s).Check(back); reason != RateLimited || wait != FirstWait {
		t.Errorf("with the clock set back: %v, %v; want to wait %v", reason, wait, FirstWait)
	}
	if err := os.WriteFile(string(file), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := file.Load(); err == nil {
		t.Error("a damaged file was read")
	}
}

// Proves that eight places are there for each budget, and that a place given back is free.
func TestPlaces(t *testing.T) {
	l := NewLimiter(State{})
	for range MaxOpen {
		if !l.Open(Far) {
			t.Fatal("a free place was refused")
		}
	}
	if l.Open(Far) {
		t.Error("a ninth place was given")
	}
	if !l.Open(Near) {
		t.Error("the other budget has no place")
	}
	l.Done(Far)
	if !l.Open(Far) {
		t.Error("a place given back is not free")
	}
}

// Proves by a month of tireless guessing, seen hour by hour, that no choice of addresses and times gets
// more guesses than the budgets give, that the source closes at 500, and that the table stays small.
func TestGuessersGetNoMore(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(seed, 1))
			l := NewLimiter(State{})
			at, guesses := start, [budgets]int{}
			perAddress := map[netip.Addr]int{}
			for at.Before(start.Add(30 * 24 * time.Hour)) {
				at = at.Add(time.Duration(rng.Int64N(int64(5 * time.Minute))))
				for range rng.IntN(30) {
					a := Attempt{netip.AddrFrom4([4]byte{203, 0, byte(rng.IntN(4)), byte(rng.IntN(256))}), Budget(rng.IntN(budgets)), at}
					if reason, _ := l.Reserve(a); reason == 0 {
						guesses[a.Budget]++
						perAddress[a.From]++
					}
				}
				hours := at.Sub(start).Hours()
				for b, n := range guesses {
					if float64(n) > BucketSize+10*hours+1e-6 {
						t.Fatalf("budget %d: %d guesses in %.1f h", b, n, hours)
					}
				}
				if len(l.state.Addresses) > 600 {
					t.Fatalf("%d addresses remembered", len(l.state.Addresses))
				}
			}
			if total := guesses[Near] + guesses[Far]; total != CloseAfter || !l.Closed() {
				t.Errorf("%d guesses, closed %v: want closed after %d", total, l.Closed(), CloseAfter)
			}
		})
	}
}
