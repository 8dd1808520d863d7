package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"

	"vns3/status"
)

// Denied says that somebody was not let in.
type Denied struct {
	Token bool          // a token was shown, not a password
	Wait  time.Duration // not before; zero: at once
}

// Error is what the API says, without a word about what was wrong: that would help a guesser.
func (d *Denied) Error() string {
	switch {
	case d.Wait > 0:
		return fmt.Sprintf("Too many failed logins from this address, wait %d seconds", int64((d.Wait+time.Second-1)/time.Second))
	case d.Token:
		return "Invalid or expired token"
	}
	return "Authentication information missing or invalid"
}

// maxHashes is how many passwords are hashed at once: each costs 19 MiB for some 50 ms.
const maxHashes = 2

// verifier makes checking passwords cheap for those who know one and dear for those who guess.
type verifier struct {
	now    func() time.Time
	key    [32]byte // of the digests; of this process only
	same   singleflight.Group
	hashes chan struct{}

	mu       sync.Mutex
	throttle throttle
	proven   map[[32]byte]string // digest of name and password → the hash that it matched
}

func newVerifier(now func() time.Time) *verifier {
	v := &verifier{
		now:      now,
		hashes:   make(chan struct{}, maxHashes),
		throttle: throttle{entries: map[netip.Prefix]*attempts{}},
		proven:   map[[32]byte]string{},
	}
	rand.Read(v.key[:])
	return v
}

func (v *verifier) digest(name, password string) (d [32]byte) {
	mac := hmac.New(sha256.New, v.key[:])
	fmt.Fprintf(mac, "%d:%s%s", len(name), name, password)
	mac.Sum(d[:0])
	return d
}

// known reports whether the digest was proven against this very hash.
func (v *verifier) known(d [32]byte, hash string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	proof, ok := v.proven[d]
	return ok && hash != "" && subtle.ConstantTimeCompare([]byte(proof), []byte(hash)) == 1
}

func (v *verifier) prove(d [32]byte, hash string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.proven) >= 8 { // two users; the rest are passwords of the past
		clear(v.proven)
	}
	v.proven[d] = hash
}

// attempt is the outcome of a verification that equal attempts share.
type attempt struct {
	ok       bool
	failures int
	wait     time.Duration
}

// verify checks a password that is not known yet.
func (v *verifier) verify(from netip.Addr, d [32]byte, hash, password string) attempt {
	result, _, _ := v.same.Do(string(d[:])+from.String(), func() (any, error) {
		v.mu.Lock()
		failures, wait := v.throttle.reserve(from, v.now())
		v.mu.Unlock()
		if wait > 0 {
			return attempt{wait: wait, failures: failures}, nil
		}
		v.hashes <- struct{}{}
		ok := verifyPassword(hash, password)
		<-v.hashes
		if ok {
			v.mu.Lock()
			v.throttle.succeeded(from)
			v.mu.Unlock()
			v.prove(d, hash)
		}
		return attempt{ok: ok, failures: failures}, nil
	})
	return result.(attempt)
}

// Basic checks a name and password that came from an address. Errors are *Denied.
func (s *Store) Basic(from netip.Addr, name, password string) error {
	hash := s.hashOf(name)
	d := s.verifier.digest(name, password)
	if s.verifier.known(d, hash) {
		return nil
	}
	if len(password) > maxPassword {
		password, hash = "", s.decoy()
	}
	if hash == "" {
		hash = s.decoy() // an unknown name costs as much as a wrong password
	}
	a := s.verifier.verify(from, d, hash, password)
	switch {
	case a.wait > 0:
		return &Denied{Wait: a.wait}
	case !a.ok:
		s.reportFailure(from, a.failures)
		return &Denied{}
	}
	s.forgetInitial(name)
	return nil
}

// hashOf returns the hash of a user that may log in, or nothing.
func (s *Store) hashOf(name string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range []user{s.file.API, s.file.Second} {
		if u.Enabled && u.Name == name {
			return u.Hash
		}
	}
	return ""
}

// decoy is a hash that nothing matches, with the cost of a true one.
func (s *Store) decoy() string {
	return fmt.Sprintf(phcFormat, s.o.Cost.MemoryKiB, s.o.Cost.Passes, "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
}

func (s *Store) forgetInitial(name string) {
	if name != APIUser {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.initial = ""
}

// reportFailure reports the first failure of an address and then each doubling: a flood of guesses
// must not push every other event out of the ring.
func (s *Store) reportFailure(from netip.Addr, failures int) {
	if failures&(failures-1) != 0 {
		return
	}
	s.report("access.failed", status.Warn, fmt.Sprintf("failed login to the API from %s (%d so far)", place(from.String()), failures))
}

// place names where a request came from, for people.
func place(from string) string {
	if from == "" || from == "invalid IP" {
		return "this machine"
	}
	return from
}
