package commands

import (
	"fmt"
	"net/netip"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/status/figures"
)

func (a *app) packNext() *cobra.Command {
	var tags map[string]string
	var low, high string
	var request control.PackNext
	cmd := a.reads(&cobra.Command{
		Use: "next", Short: short("clientpack next"), Args: noArguments,
		Long:    "Hands out the next clientpack that was never handed out, and prints its name. Two controllers never hand out the same one.",
		Example: "  vns3 clientpack next --tag site=branch-7\n  vns3 clientpack export \"$(vns3 clientpack next)\"",
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			request.Tags = tags
			if request.Low, err = optionalAddress("--low", low); err != nil {
				return err
			}
			if request.High, err = optionalAddress("--high", high); err != nil {
				return err
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			next, err := act[control.PackHandedOut](a, cmd, b, request)
			if err != nil {
				return err
			}
			return a.answer(next, next.Name+"\n")
		},
	})
	flags := cmd.Flags()
	flags.StringToStringVar(&tags, "tag", nil, "tag it with `NAME=VALUE`")
	flags.StringVar(&low, "low", "", "lowest overlay `ADDRESS` to hand out")
	flags.StringVar(&high, "high", "", "highest overlay `ADDRESS` to hand out")
	flags.BoolVar(&request.IncludeDisabled, "include-disabled", false, "also one that is disabled")
	return cmd
}

func optionalAddress(flag, text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	addr, err := netip.ParseAddr(text)
	if err != nil {
		return addr, wrongUse("%s %q is not an IP address", flag, text)
	}
	return addr, nil
}

func (a *app) packAdd() *cobra.Command {
	var request control.PackAdd
	cmd := &cobra.Command{
		Use: "add COUNT | ADDRESS...", Short: short("clientpack add"), Args: needs(1, -1, "a count or overlay addresses"),
		Long:    "Adds clientpacks that an upgraded license allows: so many, or with exactly these overlay addresses.",
		Example: "  vns3 clientpack add 10\n  vns3 clientpack add 172.31.1.61 172.31.1.62",
		RunE: func(cmd *cobra.Command, args []string) error {
			if count, err := number(args[0], "a count"); err == nil && len(args) == 1 {
				request.Count = count
				return a.do(cmd, request, figures.Count(count, "clientpack")+" added.")
			}
			for _, arg := range args {
				addr, err := netip.ParseAddr(arg)
				if err != nil {
					return wrongUse("%q is neither a count nor an IP address", arg)
				}
				request.Addresses = append(request.Addresses, addr)
			}
			return a.do(cmd, request, figures.Count(len(args), "clientpack")+" added.")
		},
	}
	return cmd
}

// packSwitch is a command that turns something of clientpacks on or off.
func (a *app) packSwitch(name, about, done string, change func(*control.PackSet)) *cobra.Command {
	request := control.PackSet{}
	change(&request)
	return a.packs(name, about, done, func(pack string, all bool) control.Request {
		q := request
		q.Name, q.All = pack, all
		return q
	})
}

func (a *app) packRegenerate() *cobra.Command {
	var all bool
	cmd := a.confirmed(&cobra.Command{
		Use: "regenerate NAME | --all", Short: short("clientpack regenerate"),
		Long:    "Gives a clientpack a new key. The configuration in use stops working on every controller at once; export it again.",
		Example: "  vns3 clientpack regenerate 100_127_252_1",
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := oneOrAll(args, all)
			if err != nil {
				return err
			}
			return a.doTask(cmd, control.PackRegenerate{Name: name, All: all})
		},
	})
	cmd.Flags().BoolVar(&all, "all", false, "every clientpack")
	return cmd
}

func oneOrAll(args []string, all bool) (string, error) {
	if all && len(args) == 0 {
		return "", nil
	}
	if all || len(args) != 1 {
		return "", wrongUse("give the NAME of one clientpack, or --all")
	}
	return packName(args[0]), nil
}

func (a *app) packDisconnect() *cobra.Command {
	return a.confirmed(a.packs("disconnect", short("clientpack disconnect"), "disconnected", func(name string, all bool) control.Request {
		return control.ClientDisconnect{Name: name, All: all}
	}))
}

// packs is a command that does the same to each clientpack named, or to all, which then are what done says.
func (a *app) packs(name, about, done string, request func(pack string, all bool) control.Request) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use: name + " NAME... | --all", Short: about,
		Example: fmt.Sprintf("  vns3 clientpack %s 100_127_252_1 100_127_252_2\n  vns3 clientpack %s --all", name, name),
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return wrongUse("give the NAMEs of clientpacks, or --all")
			}
			b, err := a.open(cmd.Context())
			if err != nil {
				return err
			}
			defer b.Close()
			if all {
				args = []string{""}
			}
			for _, arg := range args {
				if _, err := act[control.Nothing](a, cmd, b, request(packName(arg), all)); err != nil {
					return err
				}
				if all {
					a.say("All clientpacks are %s.", done)
				} else {
					a.say("%s is %s.", packName(arg), done)
				}
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&all, "all", false, "every clientpack")
	return cmd
}

func (a *app) packTag() *cobra.Command {
	return &cobra.Command{
		Use: "tag NAME TAG=VALUE...", Short: "Tag a clientpack; an empty value removes the tag", Args: needs(2, -1, "a clientpack and tags"),
		Example: "  vns3 clientpack tag 100_127_252_1 site=branch-7 owner=\n",
		RunE: func(cmd *cobra.Command, args []string) error {
			tags, err := pairs(args[1:])
			if err != nil {
				return err
			}
			return a.do(cmd, control.PackSet{Name: packName(args[0]), Tags: tags}, packName(args[0])+" is tagged.")
		},
	}
}
