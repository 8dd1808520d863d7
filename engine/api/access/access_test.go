package access_test

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vns3/control"
	"vns3/engine/api/access"
	"vns3/status"
)

var (
	fast = access.Cost{MemoryKiB: 64, Passes: 1}
	here = netip.MustParseAddr("192.0.2.1")
)

// clock is a time that tests set.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is a store with its clock and what it reported.
type world struct {
	*access.Store
	clock  *clock
	dir    string
	mu     sync.Mutex
	events []status.Event
}

func open(t *testing.T, change func(*access.Options)) *world {
	t.Helper()
	w := &world{clock: &clock{now: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)}, dir: t.TempDir()}
	w.reopen(t, change)
	return w
}

func (w *world) reopen(t *testing.T, change func(*access.Options)) {
	t.Helper()
	o := access.Options{Dir: w.dir, Now: w.clock.Now, Cost: fast, Events: func(e status.Event) {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.events = append(w.events, e)
	}}
	if change != nil {
		change(&o)
	}
	var err error
	if w.Store, err = access.Open(o); err != nil {
		t.Fatal(err)
	}
}

func (w *world) reported(code string) (n int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, e := range w.events {
		if e.Code == code {
			n++
		}
	}
	return n
}

func denied(t *testing.T, err error) *access.Denied {
	t.Helper()
	var d *access.Denied
	if !errors.As(err, &d) {
		t.Fatalf("got %v, want a refusal", err)
	}
	return d
}

// A fresh controller has a random password, which may be shown until it was used; on disk it is a hash.
func TestFirstPassword(t *testing.T) {
	w := open(t, nil)
	password, ok := w.Initial()
	if !ok || len(password) < 20 {
		t.Fatalf("Initial() = %q, %v", password, ok)
	}
	body, err := os.ReadFile(filepath.Join(w.dir, "access.json"))
	if err != nil || strings.Contains(string(body), password) || !strings.Contains(string(body), "$argon2id$") {
		t.Errorf("access.json holds %s, %v: want a hash and not the password", body, err)
	}
	if info, err := os.Stat(filepath.Join(w.dir, "access.json")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("access.json: %v, %v: want mode 0600", info.Mode(), err)
	}
	if err := w.Basic(here, "api", password); err != nil {
		t.Fatalf("the password is refused: %v", err)
	}
	if again, ok := w.Initial(); ok {
		t.Errorf("Initial() = %q after the password was used", again)
	}
	w.reopen(t, nil)
	if _, ok := w.Initial(); ok {
		t.Error("a controller that is not fresh made another password")
	}
	if err := w.Basic(here, "api", password); err != nil {
		t.Errorf("after a restart the password is refused: %v", err)
	}
}

// Only the right name with the right password is let in, and a change counts at once.
func TestPasswords(t *testing.T) {
	w := open(t, nil)
	set := func(password string) {
		t.Helper()
		if _, err := w.SetPassword(control.AccessPassword{Password: password}); err != nil {
			t.Fatal(err)
		}
	}
	set("first password")
	if err := w.Basic(here, "api", "first password"); err != nil {
		t.Fatal(err)
	}
	set("second password")
	for _, wrong := range [][2]string{{"api", "first password"}, {"api", ""}, {"", "second password"}, {"vnscubed", "second password"}, {"api", strings.Repeat("x", 10_000)}} {
		denied(t, w.Basic(netip.MustParseAddr("192.0.2.9"), wrong[0], wrong[1]))
	}
	if err := w.Basic(here, "api", "second password"); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"short", strings.Repeat("x", 257), "with\nnewline", "not utf-8 \xff\xff"} {
		if _, err := w.SetPassword(control.AccessPassword{Password: bad}); err == nil {
			t.Errorf("the password %q was accepted", bad)
		}
	}
	made, err := w.SetPassword(control.AccessPassword{})
	if err != nil || made.Password == "" {
		t.Fatalf("random password: %+v, %v", made, err)
	}
	if err := w.Basic(here, "api", made.Password); err != nil {
		t.Errorf("the random password is refused: %v", err)
	}
}

// A configured password file is the only truth: it is not written, and not changed.
func TestPasswordFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte("from the file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := open(t, func(o *access.Options) { o.PasswordFile = file })
	if err := w.Basic(here, "api", "from the file"); err != nil {
		t.Fatal(err)
	}
	_, err := w.SetPassword(control.AccessPassword{Password: "another password"})
	var refused *control.Error
	if !errors.As(err, &refused) || refused.Kind != control.NotAllowed || !strings.Contains(refused.Reason, file) {
		t.Errorf("SetPassword = %v, want a refusal that names the file", err)
	}
}

// The password file can be named, changed and taken away while the store is in use. A file that cannot be
// used changes nothing, and without one the last password stays, also after a restart.
func TestUsePasswordFile(t *testing.T) {
	w := open(t, nil)
	if _, err := w.SetPassword(control.AccessPassword{Password: "the first password"}); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "password")
	use := func(path, text string) error {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return w.UsePasswordFile(path)
	}
	only := func(password, old string) {
		t.Helper()
		if err := w.Basic(here, "api", password); err != nil {
			t.Errorf("%q: %v", password, err)
		}
		denied(t, w.Basic(here, "api", old))
	}
	for _, text := range []string{"short\n", "", strings.Repeat("x", 257)} {
		if err := use(file, text); err == nil || !strings.Contains(err.Error(), "is no API password") || !strings.Contains(err.Error(), file) {
			t.Errorf("a file with %q: %v", text, err)
		}
	}
	if err := use(file+".none", ""); err == nil || !strings.Contains(err.Error(), "[api] password_file") {
		t.Errorf("a file that is not there: %v", err)
	}
	only("the first password", "short")
	if err := use(file, "from the file\r\nand a second line\n"); err != nil {
		t.Fatal(err)
	}
	only("from the file", "the first password")
	if err := use(file, "changed in the file\n"); err != nil {
		t.Fatal(err)
	}
	only("changed in the file", "from the file")
	if err := use(file, "short\n"); err == nil {
		t.Error("a password that is too short was taken")
	}
	if _, err := w.SetPassword(control.AccessPassword{Password: "another password"}); err == nil {
		t.Error("the password was set although a file has it")
	}
	if err := w.UsePasswordFile(""); err != nil {
		t.Fatal(err)
	}
	w.reopen(t, nil)
	only("changed in the file", "from the file")
	if _, err := w.SetPassword(control.AccessPassword{Password: "another password"}); err != nil {
		t.Errorf("without a file: %v", err)
	}
	only("another password", "changed in the file")
}

// The second user is closed until it has a password, and can be renamed and closed again.
func TestSecondUser(t *testing.T) {
	w := open(t, nil)
	denied(t, w.Basic(here, "vnscubed", ""))
	on, off := true, false
	if _, err := w.SetUser(control.AccessUser{Enabled: &on}); err == nil {
		t.Error("a user without a password was enabled")
	}
	set, err := w.SetUser(control.AccessUser{Username: "operator", Password: "operator password"})
	if err != nil || set != (control.AccessUserSet{Enabled: true, Username: "operator"}) {
		t.Fatalf("SetUser = %+v, %v", set, err)
	}
	if err := w.Basic(here, "operator", "operator password"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"api", "a:b", "a b", "ümlaut", strings.Repeat("x", 65)} {
		if _, err := w.SetUser(control.AccessUser{Username: name}); err == nil {
			t.Errorf("the name %q was accepted", name)
		}
	}
	if _, err := w.SetUser(control.AccessUser{Enabled: &off}); err != nil {
		t.Fatal(err)
	}
	denied(t, w.Basic(here, "operator", "operator password"))
}

// Tokens: made, used, refreshed, expired, deleted; never on disk as they are; they survive a restart.
func TestTokens(t *testing.T) {
	w := open(t, nil)
	create := func(q control.AccessTokenCreate) control.AccessToken {
		t.Helper()
		made, err := w.CreateToken(q)
		if err != nil {
			t.Fatal(err)
		}
		return made
	}
	plain := create(control.AccessTokenCreate{Name: "plain", Expires: time.Minute, From: "192.0.2.7"})
	fresh := create(control.AccessTokenCreate{Name: "fresh", Expires: time.Minute, Refreshes: true})
	body, _ := os.ReadFile(filepath.Join(w.dir, "access.json"))
	if strings.Contains(string(body), plain.Token) {
		t.Error("a token is on disk as it is")
	}
	w.clock.pass(40 * time.Second)
	for _, made := range []control.AccessToken{plain, fresh} {
		if err := w.Token(here, made.Token); err != nil {
			t.Errorf("token %s after 40 s: %v", made.Name, err)
		}
	}
	w.reopen(t, nil)
	w.clock.pass(40 * time.Second)
	if d := denied(t, w.Token(here, plain.Token)); !d.Token || d.Error() != "Invalid or expired token" {
		t.Errorf("the refusal says %q", d)
	}
	if err := w.Token(here, fresh.Token); err != nil {
		t.Errorf("a token that refreshes expired although it was used: %v", err)
	}
	list := w.Tokens().Tokens
	if len(list) != 2 || !list[0].Expired || list[1].Expired || list[0].From != "192.0.2.7" || list[1].LastFrom != here.String() || list[0].Token != "" {
		t.Errorf("tokens are %+v", list)
	}
	if again, err := w.ExpireToken(control.AccessTokenExpire{ID: plain.ID}); err != nil || again.Expired {
		t.Errorf("begin the lifetime anew: %+v, %v", again, err)
	}
	if err := w.Token(here, plain.Token); err != nil {
		t.Error(err)
	}
	if gone, err := w.ExpireToken(control.AccessTokenExpire{ID: plain.ID, Expired: true}); err != nil || !gone.Expired {
		t.Errorf("expire: %+v, %v", gone, err)
	}
	denied(t, w.Token(here, plain.Token))
	if err := w.RevokeToken(control.AccessTokenRevoke{ID: fresh.ID}); err != nil {
		t.Fatal(err)
	}
	denied(t, w.Token(here, fresh.Token))
	var refused *control.Error
	if err := w.RevokeToken(control.AccessTokenRevoke{ID: fresh.ID}); !errors.As(err, &refused) || refused.Kind != control.NotFound {
		t.Errorf("deleting it again: %v", err)
	}
	if next := create(control.AccessTokenCreate{}); next.ID <= fresh.ID || next.Lifetime != time.Hour {
		t.Errorf("the next token is %+v: want a new ID and one hour", next)
	}
	for _, lifetime := range []time.Duration{time.Second, -time.Hour, 366 * 24 * time.Hour} {
		if _, err := w.CreateToken(control.AccessTokenCreate{Expires: lifetime}); err == nil {
			t.Errorf("a lifetime of %v was accepted", lifetime)
		}
	}
}

// A token that differs from a true one in any one place, or is shorter or longer, opens nothing.
func TestNearlyTheToken(t *testing.T) {
	w := open(t, nil)
	made, err := w.CreateToken(control.AccessTokenCreate{})
	if err != nil {
		t.Fatal(err)
	}
	near := []string{"", made.Token[1:], made.Token[:len(made.Token)-1], made.Token + "A", " " + made.Token, strings.ToUpper(made.Token)}
	for i := range made.Token {
		wrong := []byte(made.Token)
		wrong[i] ^= 1
		near = append(near, string(wrong))
	}
	for _, wrong := range near {
		denied(t, w.Token(here, wrong))
	}
	if err := w.Token(here, made.Token); err != nil {
		t.Errorf("the token itself: %v", err)
	}
}

// Guesses are slowed: five are free, then the wait doubles; only the guesser's address waits, and who
// has proven the password before goes on.
func TestGuessing(t *testing.T) {
	w := open(t, nil)
	if _, err := w.SetPassword(control.AccessPassword{Password: "the right one"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Basic(here, "api", "the right one"); err != nil {
		t.Fatal(err)
	}
	guess := func(n int) *access.Denied { return denied(t, w.Basic(here, "api", fmt.Sprintf("guess %d", n))) }
	for n := range 5 {
		if d := guess(n); d.Wait != 0 {
			t.Fatalf("guess %d had to wait %v", n, d.Wait)
		}
	}
	if d := guess(5); d.Wait != 0 {
		t.Fatalf("guess 5 had to wait %v", d.Wait)
	}
	if d := guess(6); d.Wait != time.Second {
		t.Errorf("guess 6 has to wait %v, want 1s", d.Wait)
	}
	w.clock.pass(time.Second)
	guess(7)
	if d := guess(8); d.Wait != 2*time.Second {
		t.Errorf("guess 8 has to wait %v, want 2s", d.Wait)
	}
	if err := w.Basic(here, "api", "the right one"); err != nil {
		t.Errorf("a password proven before is refused: %v", err)
	}
	if d := denied(t, w.Basic(netip.MustParseAddr("192.0.2.2"), "api", "guess")); d.Wait != 0 {
		t.Error("another address has to wait")
	}
	if n := w.reported("access.failed"); n < 3 || n > 5 {
		t.Errorf("%d events for 8 failures: want one for each doubling", n)
	}
}

// Guesses at once get no more tries than guesses one after the other, also from one IPv6 network; equal
// attempts share one.
func TestGuessingInParallel(t *testing.T) {
	w := open(t, nil)
	var tried, waited int
	var mu sync.Mutex
	var guessing sync.WaitGroup
	for n := range 100 {
		guessing.Go(func() {
			from := netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", n+1))
			var d *access.Denied
			if !errors.As(w.Basic(from, "api", fmt.Sprintf("guess %d", n)), &d) {
				t.Error("a guess was let in")
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if d.Wait > 0 {
				waited++
			} else {
				tried++
			}
		})
	}
	guessing.Wait()
	if tried != 6 || waited != 94 {
		t.Errorf("%d guesses were tried and %d made to wait, want 6 and 94", tried, waited)
	}
}

// A file that is damaged or of another version is refused and stays as it is.
func TestDamagedFile(t *testing.T) {
	for _, body := range []string{"", "{", `{"version":99}`} {
		dir := t.TempDir()
		path := filepath.Join(dir, "access.json")
		if err := os.WriteFile(path, []byte(body), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := access.Open(access.Options{Dir: dir, Cost: fast}); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("Open with %q: %v, want an error that names the file", body, err)
		}
		if after, _ := os.ReadFile(path); string(after) != body {
			t.Errorf("the file %q was changed to %q", body, after)
		}
	}
}
