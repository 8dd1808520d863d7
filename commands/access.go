package commands

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"vns3/commands/view"
	"vns3/control"
)

func (a *app) access() *cobra.Command {
	token := family("token", "API tokens", a.tokenList(), a.tokenAdd(), a.tokenRemove(),
		a.tokenExpire("expire", "End a token's lifetime; it stays listed", true),
		a.tokenExpire("renew", "Begin a token's lifetime anew", false))
	token.Use = "token"
	return family("access", "Who may use the API", a.accessPassword(), a.accessUser(), token)
}

// newPassword is where a new password comes from. With --controller $VNS3_PASSWORD is the one to be let
// in with, and so cannot be the new one.
func (a *app) newPassword(file string) secretSource {
	from := secretSource{file: file, flag: "--password-file", prompt: "New password", what: "new password", twice: true}
	if a.host == "" {
		from.variable = "VNS3_PASSWORD"
	}
	return from
}

func (a *app) accessPassword() *cobra.Command {
	var random bool
	var file string
	cmd := a.reads(&cobra.Command{
		Use: "password", Short: short("access password"), Args: noArguments,
		Long:    "Sets the password of the API's user \"api\". It comes from --password-file, $VNS3_PASSWORD or a prompt; with --random one is made and shown once.",
		Example: "  vns3 access password --password-file secret\n  vns3 access password --random",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			var q control.AccessPassword
			if !random {
				if q.Password, err = a.secret(a.newPassword(file)); err != nil {
					return err
				}
				if q.Password == "" {
					return &control.Error{Kind: control.Invalid, What: "new password", Reason: "it is empty", Remedy: "give one, or use --random"}
				}
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			set, err := act[control.AccessPasswordSet](a, cmd, b, q)
			if err != nil {
				return err
			}
			if set.Password != "" {
				return a.answer(set, set.Password+"\n")
			}
			return a.answer(set, "The API password is set.\n")
		},
	})
	cmd.Flags().BoolVar(&random, "random", false, "make one and show it")
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with the new password; - for standard input")
	return cmd
}

func (a *app) accessUser() *cobra.Command {
	var file string
	var disable bool
	cmd := a.reads(&cobra.Command{
		Use: "user [NAME | --disable]", Short: short("access user"),
		Long:    "Gives the API a second user, or disables it; without a name it says whether there is one. Its password comes from --password-file, $VNS3_PASSWORD or a prompt.",
		Example: "  vns3 access user\n  vns3 access user vnscubed --password-file secret\n  vns3 access user --disable",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if disable && len(args) == 1 || len(args) > 1 {
				return wrongUse("access user needs one NAME, or --disable")
			}
			if !disable && len(args) == 0 {
				list, _, err := a.tokens(cmd)
				if err != nil {
					return err
				}
				return a.answer(list.User, secondUser(list.User))
			}
			q := control.AccessUser{Enabled: no()}
			if !disable {
				q.Enabled, q.Username = yes(), args[0]
				if q.Password, err = a.secret(a.newPassword(file)); err != nil {
					return err
				}
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			set, err := act[control.AccessUserSet](a, cmd, b, q)
			if err != nil {
				return err
			}
			return a.answer(set, secondUser(set))
		},
	})
	cmd.Flags().BoolVar(&disable, "disable", false, "only the user \"api\" is left")
	cmd.Flags().StringVar(&file, "password-file", "", "`FILE` with the password; - for standard input")
	return cmd
}

func secondUser(u control.AccessUserSet) string {
	if u.Enabled {
		return fmt.Sprintf("The second user is %s.\n", u.Username)
	}
	return "There is no second user.\n"
}

// tokens asks for what there is beside the user "api", and when that was by the controller's clock.
func (a *app) tokens(cmd *cobra.Command) (list control.AccessTokenList, at time.Time, err error) {
	b, err := a.open(cmd.Context())
	if err != nil {
		return list, at, err
	}
	defer b.Close()
	list, err = act[control.AccessTokenList](a, cmd, b, control.AccessTokens{})
	return list, b.Snapshot().At, err
}

func (a *app) tokenList() *cobra.Command {
	return a.reads(&cobra.Command{
		Use: "list", Short: short("access token list"), Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			list, at, err := a.tokens(cmd)
			if err != nil {
				return err
			}
			return a.answer(list.Tokens, view.Tokens(list.Tokens, at))
		},
	})
}

func (a *app) tokenAdd() *cobra.Command {
	var q control.AccessTokenCreate
	var expires string
	cmd := a.reads(&cobra.Command{
		Use: "add [NAME]", Short: short("access token add"), Args: needs(0, 1, "at most a name"),
		Long:    "Creates an API token and shows it, once. It is sent as the header Api-Token.",
		Example: "  vns3 access token add backup --expires 30d --refreshes",
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) == 1 {
				q.Name = args[0]
			}
			if q.Expires, err = control.ParseLifetime(expires); err != nil {
				return wrongUse("--expires: %v", err)
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			token, err := act[control.AccessToken](a, cmd, b, q)
			if err != nil {
				return err
			}
			a.note("Token %d holds until %s. It is not shown again:", token.ID, token.ExpiresAt.Local().Format(time.DateTime))
			return a.answer(token, token.Token+"\n")
		},
	})
	cmd.Flags().StringVar(&expires, "expires", "1h", "`LIFETIME`, from 1m to 1y")
	cmd.Flags().BoolVar(&q.Refreshes, "refreshes", false, "its lifetime begins anew with each use")
	return cmd
}

func (a *app) tokenRemove() *cobra.Command {
	return a.confirmed(&cobra.Command{
		Use: "remove ID", Short: short("access token remove"), Args: needs(1, 1, "the ID of a token"),
		Example: "  vns3 access token remove 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number(args[0], "the ID of a token")
			if err != nil {
				return err
			}
			return a.do(cmd, control.AccessTokenRevoke{ID: id}, fmt.Sprintf("Token %d is deleted.", id))
		},
	})
}

func (a *app) tokenExpire(name, about string, expired bool) *cobra.Command {
	return &cobra.Command{
		Use: name + " ID", Short: about, Args: needs(1, 1, "the ID of a token"),
		Example: "  vns3 access token " + name + " 2",
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := number(args[0], "the ID of a token")
			if err != nil {
				return err
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			token, err := act[control.AccessToken](a, cmd, b, control.AccessTokenExpire{ID: id, Expired: expired})
			if err != nil {
				return err
			}
			if token.Expired {
				a.say("Token %d is expired.", id)
			} else {
				a.say("Token %d holds until %s.", id, token.ExpiresAt.Local().Format(time.DateTime))
			}
			return nil
		},
	}
}
