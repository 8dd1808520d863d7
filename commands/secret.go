package commands

import (
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
	flag     string // that names the file
	prompt   string
	what     string
	twice    bool // it is new: ask again, because what is typed cannot be seen
}

// secret reads a secret. It never stands in an argument: those are seen by every user of a machine.
func (a *app) secret(from secretSource) (string, error) {
	switch {
	case from.file == "-":
		line, err := a.line()
		if err != nil {
			return "", fmt.Errorf("%s cannot be read from standard input: %w", from.what, err)
		}
		return line, nil
	case from.file != "":
		raw, err := os.ReadFile(from.file)
		if err != nil {
			return "", fmt.Errorf("%s cannot be read: %w", from.what, err)
		}
		return strings.TrimRight(string(raw), "\r\n"), nil
	}
	if value := a.env.Getenv(from.variable); from.variable != "" && value != "" {
		return value, nil
	}
	if !a.interactive {
		remedy := "give a file with " + from.flag
		if from.variable != "" {
			remedy += ", or set " + from.variable
		}
		return "", &control.Error{Kind: control.Invalid, What: from.what, Reason: "it is not given, and there is no terminal to ask at", Remedy: remedy}
	}
	typed, err := a.hidden(from.prompt + ": ")
	if err != nil || !from.twice {
		return typed, err
	}
	again, err := a.hidden("The same again: ")
	if err == nil && again != typed {
		err = &control.Error{Kind: control.Invalid, What: from.what, Reason: "what was typed the second time differs", Remedy: "type it again"}
	}
	return typed, err
}

// hidden asks for a line that is not shown while it is typed.
func (a *app) hidden(prompt string) (string, error) {
	fmt.Fprint(a.err, prompt)
	terminal, ok := a.in.(*os.File)
	if !ok {
		return a.line()
	}
	raw, err := term.ReadPassword(int(terminal.Fd()))
	fmt.Fprintln(a.err)
	return string(raw), err
}

// line reads a line from the input; its end may be missing.
func (a *app) line() (string, error) {
	line, err := a.lines.ReadString('\n')
	if err != nil && line == "" {
		return "", err
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func tokenSource(file string) secretSource {
	return secretSource{file: file, flag: "--token-file", variable: "VNS3_TOKEN", prompt: "Security token", what: "security token"}
}
