package commands

import (
	"bufio"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"vns3/control"
)

// secretSource says where a secret may come from: a file, the environment, else a prompt.
type secretSource struct {
	file     string
	variable string
	prompt   string
	what     string
}

// secret reads a secret. It never stands in an argument: those are seen by every user of a machine.
func (a *app) secret(from secretSource) (string, error) {
	if from.file == "-" {
		line, err := bufio.NewReader(a.in).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("%s cannot be read from standard input: %w", from.what, err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	if from.file != "" {
		raw, err := os.ReadFile(from.file)
		if err != nil {
			return "", fmt.Errorf("%s cannot be read: %w", from.what, err)
		}
		return strings.TrimRight(string(raw), "\r\n"), nil
	}
	if from.variable != "" {
		if value := a.env.Getenv(from.variable); value != "" {
			return value, nil
		}
	}
	terminal, ok := a.in.(*os.File)
	if !ok || !term.IsTerminal(int(terminal.Fd())) {
		return "", &control.Error{Kind: control.Invalid, What: from.what, Reason: "it is not given, and there is no terminal to ask at", Remedy: "give a file with --token-file or --password-file, or set " + from.variable}
	}
	fmt.Fprint(a.err, from.prompt)
	raw, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(a.err)
	return string(raw), err
}
