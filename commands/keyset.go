package commands

import (
	"fmt"

	"github.com/spf13/cobra"

	"vns3/control"
)

func (a *app) keyset() *cobra.Command {
	keyset := &cobra.Command{Use: "keyset", Short: "Generate, fetch and look after the keys of a topology"}
	keyset.AddCommand(a.keysetGenerate(), a.keysetFetch())
	return keyset
}

func (a *app) keysetGenerate() *cobra.Command {
	var topology, tokenFile string
	cmd := &cobra.Command{
		Use: "generate", Short: "Generate the keys of a topology, once, on its first controller", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			token, err := a.secret(tokenSource(tokenFile))
			if err != nil {
				return err
			}
			return a.task(cmd, control.KeysetGenerate{Topology: topology, Token: token})
		},
	}
	cmd.Flags().StringVar(&topology, "topology", "", "`NAME` of the topology")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` with the security token; - for standard input")
	return cmd
}

func (a *app) keysetFetch() *cobra.Command {
	var source, tokenFile string
	cmd := &cobra.Command{
		Use: "fetch", Short: "Fetch the keys from a controller that has them", Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if source == "" {
				return wrongUse("--source HOST[:PORT] is missing: the address of a controller that has the keys")
			}
			token, err := a.secret(tokenSource(tokenFile))
			if err != nil {
				return err
			}
			return a.task(cmd, control.KeysetFetch{Source: source, Token: token})
		},
	}
	cmd.Flags().StringVar(&source, "source", "", "`HOST[:PORT]` of a controller that has the keys")
	cmd.Flags().StringVar(&tokenFile, "token-file", "", "`FILE` with the security token; - for standard input")
	return cmd
}

func tokenSource(file string) secretSource {
	return secretSource{file: file, variable: "VNS3_TOKEN", prompt: "Security token: ", what: "security token"}
}

// task carries out an action that takes a while, with progress.
func (a *app) task(cmd *cobra.Command, request control.Request) error {
	b, err := a.connect(cmd.Context())
	if err != nil {
		return err
	}
	defer b.Close()
	result, err := a.follow(cmd.Context(), b, request)
	if err == nil && result != "" {
		fmt.Fprintln(a.out, result)
	}
	return err
}
