package commands

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"vns3/control"
)

// act carries out an action, asked for first if the registry says so.
func act[R any](a *app, cmd *cobra.Command, b backend, request control.Request) (R, error) {
	var none R
	entry, _ := control.Find(request.Action())
	if err := a.ask(entry.Confirm); err != nil {
		return none, err
	}
	return control.Do[R](cmd.Context(), b, request)
}

// do is a command that carries out one action on the engine, and says what was done.
func (a *app) do(cmd *cobra.Command, request control.Request, done string) error {
	b, err := a.open(cmd.Context())
	if err != nil {
		return err
	}
	defer b.Close()
	if _, err := act[control.Nothing](a, cmd, b, request); err != nil {
		return err
	}
	a.say("%s", done)
	return nil
}

// doTask is a command that carries out a long action on the engine, with progress.
func (a *app) doTask(cmd *cobra.Command, request control.Request) error {
	b, err := a.open(cmd.Context())
	if err != nil {
		return err
	}
	defer b.Close()
	started, err := act[control.TaskStarted](a, cmd, b, request)
	if err != nil {
		return err
	}
	result, err := a.follow(cmd.Context(), b, started.Task)
	if err == nil && result != "" {
		a.say("%s", result)
	}
	return err
}

// ask asks a question whose default is no; without a question there is nothing to ask.
func (a *app) ask(question string) error {
	if question == "" || a.yes {
		return nil
	}
	if !a.interactive {
		return wrongUse("this needs --yes where there is no terminal to ask at: %s", question)
	}
	fmt.Fprintf(a.err, "%s [y/N] ", question)
	answer, err := a.line()
	if err != nil && err != io.EOF {
		return err
	}
	if answer = strings.ToLower(strings.TrimSpace(answer)); answer != "y" && answer != "yes" {
		a.note("Nothing was changed.")
		return &silentFailure{}
	}
	return nil
}

// answer writes what a command found: as JSON if asked for, else as text.
func (a *app) answer(value any, text string) error {
	if !a.json {
		_, err := io.WriteString(a.out, text)
		return err
	}
	encoder := json.NewEncoder(a.out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}

// jsonLine writes a value as one line of JSON.
func jsonLine(out io.Writer, value any) error {
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
