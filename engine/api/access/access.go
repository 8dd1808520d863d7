// Package access knows who may call the API: the user "api", a second user, and API tokens.
package access

import (
	"io"
	"net/netip"
	"time"

	"vns3/control"
	"vns3/status"
)

// Options says where the store lives.
type Options struct {
	Dir          string // data directory; access.json in it
	PasswordFile string // [api] password_file: the API password is read from here, and not changed
	Now          func() time.Time
	Random       io.Reader          // nil: crypto/rand
	Events       func(status.Event) // failed logins, changes; nil: nobody listens
}

// Store is the users and tokens of one controller. It is safe for concurrent use.
type Store struct{}

// Open reads the store, or makes a new one with a random API password.
func Open(o Options) (*Store, error) { return &Store{}, nil }

// Initial returns the random password that Open made, until it was used, changed or the process ended.
func (s *Store) Initial() (password string, ok bool) { return "", false }

// SetPassword carries out control.AccessPassword.
func (s *Store) SetPassword(q control.AccessPassword) (control.AccessPasswordSet, error) {
	return control.AccessPasswordSet{}, nil
}

// SetUser carries out control.AccessUser.
func (s *Store) SetUser(q control.AccessUser) (control.AccessUserSet, error) {
	return control.AccessUserSet{}, nil
}

// CreateToken carries out control.AccessTokenCreate.
func (s *Store) CreateToken(q control.AccessTokenCreate) (control.AccessToken, error) {
	return control.AccessToken{}, nil
}

// Tokens carries out control.AccessTokens.
func (s *Store) Tokens() control.AccessTokenList { return control.AccessTokenList{} }

// ExpireToken carries out control.AccessTokenExpire.
func (s *Store) ExpireToken(q control.AccessTokenExpire) (control.AccessToken, error) {
	return control.AccessToken{}, nil
}

// RevokeToken carries out control.AccessTokenRevoke.
func (s *Store) RevokeToken(q control.AccessTokenRevoke) error { return nil }

// Do carries out any of the control.Access… requests; ok is false for every other request.
func (s *Store) Do(q control.Request) (reply any, ok bool, err error) { return nil, false, nil }

// Basic checks a name and password that came from an address.
func (s *Store) Basic(from netip.Addr, name, password string) error { return nil }

// Token checks an API token that came from an address.
func (s *Store) Token(from netip.Addr, token string) error { return nil }
