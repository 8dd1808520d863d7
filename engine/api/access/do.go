package access

import (
	"strings"
	"unicode"

	"vns3/control"
	"vns3/status"
)

// Do carries out any of the control.Access… requests; ok is false for every other request.
func (s *Store) Do(q control.Request) (reply any, ok bool, err error) {
	switch q := q.(type) {
	case control.AccessPassword:
		reply, err = s.SetPassword(q)
	case control.AccessUser:
		reply, err = s.SetUser(q)
	case control.AccessTokenCreate:
		reply, err = s.CreateToken(q)
	case control.AccessTokens:
		reply = s.Tokens()
	case control.AccessTokenExpire:
		reply, err = s.ExpireToken(q)
	case control.AccessTokenRevoke:
		reply, err = control.Nothing{}, s.RevokeToken(q)
	default:
		return nil, false, nil
	}
	return reply, true, err
}

// SetPassword carries out control.AccessPassword. Tokens stay as they are.
func (s *Store) SetPassword(q control.AccessPassword) (control.AccessPasswordSet, error) {
	var set control.AccessPasswordSet
	if path := s.passwordFile(); path != "" {
		return set, &control.Error{Kind: control.NotAllowed, What: "API password", Reason: "it is read from " + path, Remedy: "change that file, then: vns3 config reload"}
	}
	if q.Password == "" {
		q.Password = randomPassword(s.o.Random)
		set.Password = q.Password
	}
	if err := checkPassword(q.Password); err != nil {
		return control.AccessPasswordSet{}, &control.Error{Kind: control.Invalid, What: "API password", Reason: err.Error()}
	}
	hash := hashPassword(s.o.Cost, s.o.Random, q.Password)
	err := s.change(func(f *file) error {
		f.API.Hash = hash
		s.initial = ""
		return nil
	})
	if err != nil {
		return control.AccessPasswordSet{}, err
	}
	s.report("access.password_changed", status.Info, "the API password was changed")
	return set, nil
}

// SetUser carries out control.AccessUser. A password without a word about Enabled enables the user.
func (s *Store) SetUser(q control.AccessUser) (control.AccessUserSet, error) {
	hash := ""
	if q.Password != "" {
		if err := checkPassword(q.Password); err != nil {
			return control.AccessUserSet{}, &control.Error{Kind: control.Invalid, What: "admin_password", Reason: err.Error()}
		}
		hash = hashPassword(s.o.Cost, s.o.Random, q.Password)
	}
	var set control.AccessUserSet
	err := s.change(func(f *file) error {
		u := &f.Second
		if q.Username != "" {
			if !validName(q.Username) {
				return &control.Error{Kind: control.Invalid, Reason: "admin_username is invalid"}
			}
			u.Name = q.Username
		}
		if hash != "" {
			u.Hash, u.Enabled = hash, true
		}
		if q.Enabled != nil {
			u.Enabled = *q.Enabled
		}
		if u.Enabled && u.Hash == "" {
			return &control.Error{Kind: control.Invalid, What: "second API user", Reason: "it has no password yet", Remedy: "give it one"}
		}
		set = control.AccessUserSet{Enabled: u.Enabled, Username: u.Name}
		return nil
	})
	if err != nil {
		return control.AccessUserSet{}, err
	}
	s.report("access.user_changed", status.Info, "the second API user was changed")
	return set, nil
}

// validName keeps names to what HTTP Basic can carry; "api" is the first user.
func validName(name string) bool {
	return name != APIUser && len(name) <= 64 && !strings.ContainsFunc(name, func(r rune) bool {
		return r == ':' || r > unicode.MaxASCII || !unicode.IsPrint(r) || r == ' '
	})
}
