package api

import (
	"net/http"
	"strconv"
	"time"

	"vns3/control"
)

// accessToken is an API token; token is there only in the reply of its creation.
type accessToken struct {
	ID           int        `json:"id"`
	CreatedAt    time.Time  `json:"created_at"`
	Token        string     `json:"token,omitempty"`
	Name         string     `json:"name"`
	CreatedIP    string     `json:"created_ip"`
	ExpiresAt    time.Time  `json:"expires_at"`
	Lifetime     string     `json:"lifetime"` // seconds
	Refreshes    bool       `json:"refreshes"`
	Expired      bool       `json:"expired"`
	LastAccessAt *time.Time `json:"last_accessed_at"` // null: never
	LastAccessIP *string    `json:"last_accessed_ip"`
}

type passwordReset struct {
	Reset string `json:"password_reset"`
}

func (s *Server) accessRoutes() []route {
	id := arg{name: "token_id", kind: integer, required: true, bad: "token_id must be an integer", about: "ID of the token"}
	const badExpires = "expires range must be between 60 and 31,536,000"
	return []route{{
		method: http.MethodGet, path: "/api/access/tokens", summary: "Get API access tokens",
		reply: []accessToken{}, handle: getTokens,
	}, {
		method: http.MethodPost, path: "/api/access/token", summary: "Create API token",
		status: http.StatusCreated, reply: accessToken{}, handle: postToken,
		args: []arg{
			{name: "expires", kind: integer, min: 60, max: 31536000, bad: badExpires, about: "seconds, 3600 if not given"},
			{name: "name", about: "name, for people"}, {name: "token_name", about: "the same, as it was called before"},
			{name: "refreshes", kind: boolean, about: "its lifetime begins anew with each use"},
		},
	}, {
		method: http.MethodGet, path: "/api/access/token/{token_id}", summary: "Get API access token, also an expired one",
		reply: accessToken{}, handle: getToken, args: []arg{id},
	}, {
		method: http.MethodPut, path: "/api/access/token/{token_id}", summary: "Expire API token, or begin its lifetime anew",
		reply: accessToken{}, handle: putToken,
		args: []arg{id, {name: "expired", kind: boolean, required: true, about: "false: its lifetime begins anew"}},
	}, {
		method: http.MethodDelete, path: "/api/access/token/{token_id}", summary: "Delete API token",
		reply: "", handle: deleteToken, args: []arg{id},
	}, {
		method: http.MethodPut, path: "/api/api_password", summary: "Update API password",
		reply: passwordReset{}, handle: putPassword,
		args: []arg{{name: "password", required: true, bad: badPassword, about: "8 to 256 characters"}},
	}, {
		method: http.MethodPut, path: "/api/admin_ui", summary: "Set the second API user (the product's admin UI user)",
		reply: control.AccessUserSet{}, handle: putAdminUI,
		args: []arg{
			{name: "enabled", kind: boolean, about: "whether it may call the API"},
			{name: "admin_username", bad: "admin_username is invalid", about: "its name, vnscubed at first"},
			{name: "admin_password", about: "8 to 256 characters; sets enabled"},
		},
	}}
}

func tokenOf(t control.AccessToken) accessToken {
	reply := accessToken{
		ID: t.ID, CreatedAt: t.CreatedAt.UTC(), Token: t.Token, Name: t.Name, CreatedIP: t.From,
		ExpiresAt: t.ExpiresAt.UTC(), Lifetime: strconv.Itoa(int(t.Lifetime / time.Second)),
		Refreshes: t.Refreshes, Expired: t.Expired,
	}
	if !t.LastUsed.IsZero() {
		reply.LastAccessAt, reply.LastAccessIP = new(t.LastUsed.UTC()), &t.LastFrom
	}
	return reply
}

func getTokens(c *call) (any, error) {
	list, err := do[control.AccessTokenList](c, control.AccessTokens{})
	reply := []accessToken{}
	for _, t := range list.Tokens {
		reply = append(reply, tokenOf(t))
	}
	return reply, err
}

func getToken(c *call) (any, error) {
	list, err := do[control.AccessTokenList](c, control.AccessTokens{})
	if err != nil {
		return nil, err
	}
	for _, t := range list.Tokens {
		if t.ID == c.args.int("token_id") {
			return tokenOf(t), nil
		}
	}
	return nil, fail(http.StatusNotFound, notFound, "Requested api token does not exist")
}

func postToken(c *call) (any, error) {
	t, err := do[control.AccessToken](c, control.AccessTokenCreate{
		Name:      orElse(c.args.text("name"), c.args.text("token_name")),
		Expires:   time.Duration(c.args.int("expires")) * time.Second,
		Refreshes: c.args.bool("refreshes", false),
		From:      origin(c.from),
	})
	return tokenOf(t), err
}

func putToken(c *call) (any, error) {
	t, err := do[control.AccessToken](c, control.AccessTokenExpire{ID: c.args.int("token_id"), Expired: c.args.bool("expired", true)})
	return tokenOf(t), err
}

func deleteToken(c *call) (any, error) {
	_, err := do[control.Nothing](c, control.AccessTokenRevoke{ID: c.args.int("token_id")})
	return "Token deleted", err
}

func putPassword(c *call) (any, error) {
	password := c.args.text("password")
	if password == "" {
		return nil, invalid(badPassword)
	}
	if _, err := do[control.AccessPasswordSet](c, control.AccessPassword{Password: password}); err != nil {
		if kindOf(err) == control.Invalid {
			return nil, failure{status: http.StatusBadRequest, Name: argument, Message: badPassword, cause: err}
		}
		return nil, err
	}
	return passwordReset{"ok"}, nil
}

func putAdminUI(c *call) (any, error) {
	if len(c.args) == 0 {
		return nil, fail(http.StatusBadRequest, argument, nothingToDo)
	}
	if c.args.has("admin_username") && c.args.text("admin_username") == "" {
		return nil, invalid("admin_username is invalid")
	}
	return do[control.AccessUserSet](c, control.AccessUser{
		Enabled: c.args.flag("enabled"), Username: c.args.text("admin_username"), Password: c.args.text("admin_password"),
	})
}
