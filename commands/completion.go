package commands

import "github.com/spf13/cobra"

func (a *app) completion() *cobra.Command {
	shells := []string{"bash", "zsh", "fish"}
	return &cobra.Command{
		Use: "completion SHELL", Short: "Write the completions of bash, zsh or fish", Args: needs(1, 1, "the name of a shell"), ValidArgs: shells,
		Long:    "Writes what makes a shell complete commands and flags, made from the commands themselves.",
		Example: "  source <(vns3 completion bash)        in this shell, until it ends",
		RunE: func(cmd *cobra.Command, args []string) error {
			root := cmd.Root()
			switch args[0] {
			case shells[0]:
				return root.GenBashCompletionV2(a.out, true)
			case shells[1]:
				return root.GenZshCompletion(a.out)
			case shells[2]:
				return root.GenFishCompletion(a.out, true)
			}
			return wrongUse("%q is none of bash, zsh and fish", args[0])
		},
	}
}
