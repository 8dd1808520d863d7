package link

import (
	"testing"
	"time"
)

// TestLossClasses proves that a class is entered at its loss and left below half of it.
func TestLossClasses(t *testing.T) {
	for _, c := range []struct {
		class int
		loss  float64
		want  int
	}{
		{0, 0.149, 0}, {0, 0.15, 1}, {0, 0.349, 1}, {0, 0.35, 2}, {0, 1, 2},
		{1, 0.08, 1}, {1, 0.074, 0}, {1, 0.35, 2},
		{2, 0.18, 2}, {2, 0.17, 1}, {2, 0.07, 0},
	} {
		if got := nextClass(c.class, c.loss); got != c.want {
			t.Errorf("class %d at loss %v: %d, want %d", c.class, c.loss, got, c.want)
		}
	}
}

// TestSequences proves that loss counts gaps, and neither duplicates nor late packets.
func TestSequences(t *testing.T) {
	for name, c := range map[string]struct {
		order []uint32
		loss  float64
	}{
		"whole":      {upTo(40), 0},
		"duplicates": {append(upTo(40), upTo(40)...), 0},
		"late":       {append([]uint32{1, 3, 2}, upTo(40)[3:]...), 0},
		"every 2nd":  {[]uint32{2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30, 32, 34, 36, 38, 40}, 0.487},
		"too few":    {[]uint32{1, 10}, 0},
	} {
		var e estimator
		for _, n := range c.order {
			e.sequence(n, time.Second)
		}
		e.current = 1
		if got := e.loss(); got < c.loss-0.01 || got > c.loss+0.01 {
			t.Errorf("%s: loss %v, want %v", name, got, c.loss)
		}
	}
}

func upTo(n uint32) (all []uint32) {
	for i := uint32(1); i <= n; i++ {
		all = append(all, i)
	}
	return all
}

// TestCostFollowsSlowly proves that load does not change the cost, and that a path that is a quarter
// longer does after it lasted ten seconds.
func TestCostFollowsSlowly(t *testing.T) {
	p := newPair(t, DefaultConfig())
	p.a.delay, p.b.delay = 10*ms, 10*ms
	p.run(30 * time.Second)
	before := p.a.Cost()
	if want := uint32(BaseCost + 200); before != want {
		t.Fatalf("cost %d at 20 ms, want %d", before, want)
	}
	// Load: most packets wait, a few do not.
	for i := range 300 {
		p.b.delay = 40 * ms
		if i%20 == 0 {
			p.b.delay = 10 * ms
		}
		p.run(p.now + 100*ms)
	}
	if p.a.Cost() != before {
		t.Errorf("load changed the cost from %d to %d", before, p.a.Cost())
	}
	p.b.delay = 30 * ms
	p.run(p.now + 15*time.Second)
	if p.a.Cost() != before {
		t.Errorf("the cost changed to %d before the longer path stood in the window and lasted", p.a.Cost())
	}
	p.run(p.now + 10*time.Second)
	if want := uint32(BaseCost + 400); p.a.Cost() != want {
		t.Errorf("cost %d at 40 ms, want %d", p.a.Cost(), want)
	}
}

// TestDamper proves the doubling and the free starts.
func TestDamper(t *testing.T) {
	d := damper{hold: 3 * time.Second, max: 60 * time.Second}
	now := zero
	for i, want := range []time.Duration{3, 6, 12, 24, 48, 60, 60} {
		d.up(false, now)
		if got := d.until.Sub(now); got != want*time.Second {
			t.Errorf("Up %d is held %v, want %v s", i, got, want)
		}
		now = now.Add(30 * time.Second)
	}
	now = now.Add(time.Minute)
	if d.up(false, now); d.until.Sub(now) != 3*time.Second {
		t.Errorf("after a calm minute held %v, want 3s", d.until.Sub(now))
	}
	for i, want := range []bool{false, false, true} {
		if d.up(true, now); d.held() != want {
			t.Errorf("start %d is held: %v, want %v", i, d.held(), want)
		}
	}
	if d.up(true, now.Add(time.Minute)); d.held() {
		t.Error("a start a minute later is held")
	}
}

// TestConfig proves what thresholds are refused.
func TestConfig(t *testing.T) {
	for name, change := range map[string]func(*Config){
		"interval":      func(c *Config) { c.Interval = time.Millisecond },
		"suspect_after": func(c *Config) { c.SuspectAfter = 60 * ms },
		"down_after":    func(c *Config) { c.DownAfter = 200 * ms },
		"hold_up":       func(c *Config) { c.HoldUp = -1 },
		"hold_up_max":   func(c *Config) { c.HoldUpMax = time.Second },
	} {
		c := DefaultConfig()
		if err := c.Validate(); err != nil {
			t.Fatal(err)
		}
		if change(&c); c.Validate() == nil {
			t.Errorf("a bad %s is accepted: %+v", name, c)
		}
	}
}
