package commands

import (
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"vns3/control"
	"vns3/engine/license"
	"vns3/internal/safefile"
)

func (a *app) licenseSigner() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "signer NAME", Short: "Make a key that signs licenses", Args: needs(1, 1, "a name that says who signs"),
		Long:    "Makes a key that signs licenses, and writes it to a file that nobody else can read. What it prints is its verifier: controllers whose [license] trusted names it take licenses signed with the key. It needs no engine.",
		Example: "  vns3 license signer example.net --output signer.key",
		RunE: func(_ *cobra.Command, args []string) error {
			if output == "" {
				return wrongUse("--output FILE is missing: where the key is written")
			}
			if strings.ContainsAny(args[0], " +") {
				return wrongUse("%q has a space or a plus: a signer's name has neither", args[0])
			}
			signer, verifier, err := license.GenerateSigner(args[0])
			if err != nil {
				return err
			}
			if err := safefile.Create(output, []byte(signer+"\n")); err != nil {
				return err
			}
			a.note("The key is in %s: keep it secret. Controllers trust it with:", output)
			a.say("[license]\ntrusted = [%q]", verifier)
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "`FILE` for the key, which must not exist")
	return cmd
}

// issueFlags are the terms of a license to issue, as they are written.
type issueFlags struct {
	signer, topology, subnet, expires, output string
	controllers, clientpacks                  int
}

func (a *app) licenseIssue() *cobra.Command {
	var f issueFlags
	cmd := &cobra.Command{
		Use: "issue", Short: "Issue a license, signed with a key of your own", Args: noArguments,
		Long:    "Writes a license text, signed with the key that vns3 license signer made. Counts that do not fit the subnet are refused. It needs no engine.",
		Example: "  vns3 license issue --signer-file signer.key --topology \"Acme overlay\" \\\n    --controllers 4 --clientpacks 50 --subnet 172.31.1.0/24 --expires 2028-01-31",
		RunE: func(*cobra.Command, []string) error {
			terms, err := f.terms()
			if err != nil {
				return err
			}
			key, err := a.secret(secretSource{file: f.signer, flag: "--signer-file", prompt: "Key of the signer", what: "signer's key"})
			if err != nil {
				return err
			}
			text, err := license.Issue(terms, key)
			if err != nil {
				return &control.Error{Kind: control.Invalid, What: "license", Reason: err.Error()}
			}
			if f.output != "" {
				return os.WriteFile(f.output, []byte(text), 0o644)
			}
			_, err = io.WriteString(a.out, text)
			return err
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&f.signer, "signer-file", "", "`FILE` with the signer's key")
	flags.StringVar(&f.topology, "topology", "", "`NAME` of the topology")
	flags.IntVar(&f.controllers, "controllers", 9, "how many controllers, 1 to 9")
	flags.IntVar(&f.clientpacks, "clientpacks", 50, "how many clientpacks")
	flags.StringVar(&f.subnet, "subnet", "100.127.255.192/26", "overlay `SUBNET`, IPv4")
	flags.StringVar(&f.expires, "expires", "never", "last `DAY`, such as 2028-01-31, or never")
	flags.StringVarP(&f.output, "output", "o", "", "`FILE` to write; else standard output")
	return cmd
}

func (f issueFlags) terms() (license.Terms, error) {
	terms := license.Terms{Topology: f.topology, Controllers: f.controllers, Clientpacks: f.clientpacks}
	var err error
	if terms.Subnet, err = netip.ParsePrefix(f.subnet); err != nil {
		return terms, wrongUse("--subnet %q is not a network such as 172.31.1.0/24", f.subnet)
	}
	if f.topology == "" {
		return terms, wrongUse("--topology NAME is missing")
	}
	if f.expires != "never" {
		day, err := time.Parse(time.DateOnly, f.expires)
		if err != nil {
			return terms, wrongUse("--expires %q is not a day such as 2028-01-31, nor never", f.expires)
		}
		terms.Expires = day.AddDate(0, 0, 1) // the day itself still counts
	}
	return terms, nil
}
