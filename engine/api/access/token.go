package access

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"vns3/control"
	"vns3/status"
)

// Bounds of a token's lifetime (API: expires, 60…31536000 s, default 3600) and of how many there are.
const (
	MinLifetime     = control.MinLifetime
	MaxLifetime     = control.MaxLifetime
	DefaultLifetime = time.Hour
	maxTokens       = 1000
	maxTokenName    = 200
)

// token is an API token as it is kept: by its hash only.
type token struct {
	ID        int           `json:"id"`
	Name      string        `json:"name"`
	Hash      string        `json:"sha256"`
	CreatedAt time.Time     `json:"created_at"`
	From      string        `json:"from"`
	ExpiresAt time.Time     `json:"expires_at"`
	Lifetime  time.Duration `json:"lifetime"`
	Refreshes bool          `json:"refreshes"`
	LastUsed  time.Time     `json:"last_used"`
	LastFrom  string        `json:"last_from"`

	savedUse time.Time // LastUsed as it is on disk
}

func (t token) shown(now time.Time) control.AccessToken {
	return control.AccessToken{
		ID: t.ID, Name: t.Name, CreatedAt: t.CreatedAt, From: t.From,
		ExpiresAt: t.ExpiresAt, Lifetime: t.Lifetime, Refreshes: t.Refreshes,
		LastUsed: t.LastUsed, LastFrom: t.LastFrom, Expired: t.expired(now),
	}
}

func (t token) expired(now time.Time) bool { return !now.Before(t.ExpiresAt) }

func hashToken(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// CreateToken carries out control.AccessTokenCreate. The reply is the only place where the token is.
func (s *Store) CreateToken(q control.AccessTokenCreate) (control.AccessToken, error) {
	if q.Expires == 0 {
		q.Expires = DefaultLifetime
	}
	if q.Expires < MinLifetime || q.Expires > MaxLifetime {
		return control.AccessToken{}, &control.Error{Kind: control.Invalid, Reason: "expires range must be between 60 and 31,536,000"}
	}
	if len(q.Name) > maxTokenName {
		return control.AccessToken{}, &control.Error{Kind: control.Invalid, What: "name", Reason: fmt.Sprintf("it has more than %d bytes", maxTokenName)}
	}
	text := base64.RawURLEncoding.EncodeToString(randomBytes(s.o.Random, 32))
	now := s.o.Now()
	made := token{
		Name: q.Name, Hash: hashToken(text), CreatedAt: now, From: q.From,
		ExpiresAt: now.Add(q.Expires), Lifetime: q.Expires, Refreshes: q.Refreshes,
	}
	err := s.change(func(f *file) error {
		if len(f.Tokens) >= maxTokens {
			return &control.Error{Kind: control.NotAllowed, What: "token", Reason: fmt.Sprintf("there are %d already", maxTokens), Remedy: "delete those that are not used"}
		}
		made.ID = f.NextID
		f.NextID++
		f.Tokens = append(f.Tokens, made)
		return nil
	})
	if err != nil {
		return control.AccessToken{}, err
	}
	s.report("access.token_created", status.Info, fmt.Sprintf("API token %d %q was created from %s", made.ID, made.Name, place(made.From)))
	shown := made.shown(now)
	shown.Token = text
	return shown, nil
}

// Tokens carries out control.AccessTokens: all of them, expired ones too, in order of their IDs.
func (s *Store) Tokens() control.AccessTokenList {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := control.AccessTokenList{
		Tokens: make([]control.AccessToken, 0, len(s.file.Tokens)),
		User:   control.AccessUserSet{Enabled: s.file.Second.Enabled, Username: s.file.Second.Name},
	}
	for _, t := range s.file.Tokens {
		list.Tokens = append(list.Tokens, t.shown(s.o.Now()))
	}
	return list
}

// ExpireToken carries out control.AccessTokenExpire.
func (s *Store) ExpireToken(q control.AccessTokenExpire) (control.AccessToken, error) {
	var shown control.AccessToken
	err := s.change(func(f *file) error {
		i, err := find(f.Tokens, q.ID)
		if err != nil {
			return err
		}
		now, t := s.o.Now(), &f.Tokens[i]
		t.ExpiresAt = now
		if !q.Expired {
			t.ExpiresAt = now.Add(t.Lifetime)
		}
		shown = t.shown(now)
		return nil
	})
	return shown, err
}

// RevokeToken carries out control.AccessTokenRevoke.
func (s *Store) RevokeToken(q control.AccessTokenRevoke) error {
	err := s.change(func(f *file) error {
		i, err := find(f.Tokens, q.ID)
		if err != nil {
			return err
		}
		f.Tokens = slices.Delete(f.Tokens, i, i+1)
		return nil
	})
	if err == nil {
		s.report("access.token_removed", status.Info, fmt.Sprintf("API token %d was deleted", q.ID))
	}
	return err
}

func find(tokens []token, id int) (int, error) {
	i := slices.IndexFunc(tokens, func(t token) bool { return t.ID == id })
	if i < 0 {
		return 0, &control.Error{Kind: control.NotFound, Reason: "Requested api token does not exist"}
	}
	return i, nil
}

// Token checks an API token that came from an address, and notes the use. Errors are *Denied. Tokens
// cannot be guessed, so a wrong one is not slowed: a client with an old token must not shut out its
// neighbours behind one address.
func (s *Store) Token(from netip.Addr, text string) error {
	hash, now := []byte(hashToken(text)), s.o.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.file.Tokens, func(t token) bool {
		return subtle.ConstantTimeCompare([]byte(t.Hash), hash) == 1
	})
	if i < 0 || s.file.Tokens[i].expired(now) {
		return &Denied{Token: true}
	}
	s.noteUse(&s.file.Tokens[i], from, now)
	return nil
}

// noteUse writes a use to disk now and then only: a client that polls must not wear the disk out. What
// may be lost with a crash is less than a tenth of the token's lifetime.
func (s *Store) noteUse(t *token, from netip.Addr, now time.Time) {
	t.LastUsed, t.LastFrom = now, ""
	if from.IsValid() {
		t.LastFrom = from.String()
	}
	if t.Refreshes {
		t.ExpiresAt = now.Add(t.Lifetime)
	}
	if now.Sub(t.savedUse) < min(time.Minute, t.Lifetime/10) {
		return
	}
	t.savedUse = now
	if err := s.save(s.file); err != nil {
		s.report("access.not_saved", status.Warn, "the use of an API token was not noted: "+err.Error())
	}
}
