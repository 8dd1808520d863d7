// Command wireguard copies the device of wireguard-go, in the version that go.mod names, into the folder
// device and makes the few changes of changes.go. The test proves that the copy is exactly that.
//
//	go run ./internal/wireguard
package main

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

const module = "golang.zx2c4.com/wireguard"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	copied, err := device()
	if err != nil {
		return err
	}
	into := filepath.Join("internal", "wireguard", "device")
	if err := os.RemoveAll(into); err != nil {
		return err
	}
	if err := os.MkdirAll(into, 0o755); err != nil {
		return err
	}
	for name, content := range copied {
		if err := os.WriteFile(filepath.Join(into, name), content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// device returns the files of the changed device by their names, with its license.
func device() (map[string][]byte, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return nil, fmt.Errorf("where is %s: %w", module, err)
	}
	from := strings.TrimSpace(string(out))
	copied := map[string][]byte{}
	if copied["LICENSE"], err = os.ReadFile(filepath.Join(from, "LICENSE")); err != nil {
		return nil, err
	}
	sources, err := filepath.Glob(filepath.Join(from, "device", "*.go"))
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		name := filepath.Base(source)
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		content, err := os.ReadFile(source)
		if err == nil {
			copied[name], err = changed(name, content)
		}
		if err != nil {
			return nil, err
		}
	}
	return copied, nil
}

// changed makes the changes of one file.
func changed(name string, content []byte) ([]byte, error) {
	touched := false
	for _, c := range changes {
		if c.file != name {
			continue
		}
		if n := bytes.Count(content, []byte(c.old)); n != 1 {
			return nil, fmt.Errorf("%s has %d times, not once:\n%s\nadapt changes.go to this version of %s", name, n, c.old, module)
		}
		content, touched = bytes.Replace(content, []byte(c.old), []byte(c.new), 1), true
	}
	if !touched {
		return content, nil
	}
	return format.Source(content)
}
