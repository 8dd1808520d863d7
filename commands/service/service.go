// Package service makes a controller the service of a machine that runs systemd, and undoes that. It
// copies this program, configuration and data to the places of the system, writes the unit and starts
// it; whatever fails on the way is undone in reverse, so that the machine is as it was before.
//
// What came from elsewhere is removed there only after the service runs. Removing the service leaves
// configuration and data where they are: root's own engine goes on with them.
package service

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"vns3/control"
	"vns3/engine/config"
	"vns3/packaging"
)

// The places of the system besides those of package config.
const (
	BinaryPath = "/usr/local/bin/vns3"
	UnitPath   = "/etc/systemd/system/vns3.service"
	UsersPath  = "/etc/sysusers.d/vns3.conf"

	unit    = "vns3.service"
	account = "vns3:vns3"
)

// Options are the machine and the controller that a service is made of.
type Options struct {
	Root       string // stands before every path of the system: a test's directory; empty: the machine
	Privileged bool   // this process may change the system
	Binary     string // this program
	Config     string // the controller's configuration file, which need not exist
	DataDir    string // the controller's data

	Run    func(ctx context.Context, program string, args ...string) error
	Say    func(step string)               // tells each step that was done
	Stop   func() error                    // stops the controller's engine, if this process runs it; nil: it does not
	Attach func(ctx context.Context) error // returns when the service's engine answers
}

// installation is an installation under way: what was done can be undone.
type installation struct {
	Options
	upgrade bool // the service is there already
	undo    []func(context.Context) error
}

func refuse(reason, remedy string) error {
	return &control.Error{Kind: control.NotAllowed, What: "service", Reason: reason, Remedy: remedy}
}

// Install makes the controller a service. With an error nothing has changed; but an engine that Stop
// stopped is not started again.
func Install(ctx context.Context, o Options) error {
	i := &installation{Options: o, upgrade: there(o.path(UnitPath))}
	err := i.install(ctx)
	if err == nil {
		return nil
	}
	for n := len(i.undo) - 1; n >= 0; n-- {
		if failed := i.undo[n](context.WithoutCancel(ctx)); failed != nil {
			err = errors.Join(err, fmt.Errorf("undoing it failed: %w", failed))
		}
	}
	return err
}

func (i *installation) install(ctx context.Context) error {
	if err := i.possible(); err != nil {
		return err
	}
	if i.Stop != nil {
		if err := i.Stop(); err != nil {
			return fmt.Errorf("the engine in this process does not stop: %w", err)
		}
	}
	if i.upgrade {
		i.later(func(ctx context.Context) error { return i.Run(ctx, "systemctl", "start", unit) })
		if err := i.Run(ctx, "systemctl", "stop", unit); err != nil {
			return err
		}
	}
	moved, err := i.moveFiles()
	if err != nil {
		return err
	}
	i.later(func(ctx context.Context) error { return i.Run(ctx, "systemctl", "daemon-reload") })
	if err := i.writeSystemFiles(); err != nil {
		return err
	}
	for _, command := range [][]string{
		{"systemd-sysusers", i.path(UsersPath)},
		{"chown", "-R", account, i.path(filepath.Dir(config.RootPath)), i.path(config.RootDataDir)},
		{"systemctl", "daemon-reload"},
	} {
		if err := i.Run(ctx, command[0], command[1:]...); err != nil {
			return err
		}
	}
	if !i.upgrade {
		i.later(func(ctx context.Context) error { return i.Run(ctx, "systemctl", "disable", "--now", unit) })
	}
	if err := i.Run(ctx, "systemctl", "enable", unit); err != nil {
		return err
	}
	if err := i.Run(ctx, "systemctl", "restart", unit); err != nil {
		return fmt.Errorf("%w: journalctl -u vns3 says why", err)
	}
	i.Say("the service vns3 is started, and starts at every boot")
	if err := i.Attach(ctx); err != nil {
		return fmt.Errorf("the service was started but does not answer: %w", err)
	}
	return moved.removeSources()
}

// path is a path of the system.
func (o Options) path(system string) string { return filepath.Join(o.Root, system) }

// systemd refuses a machine without it, and says what to do instead.
func (o Options) systemd(instead string) error {
	if !there(o.path("/run/systemd/system")) {
		return refuse("this machine does not run systemd", instead)
	}
	return nil
}

// later notes how to undo what was done.
func (i *installation) later(undo func(context.Context) error) { i.undo = append(i.undo, undo) }

// possible says why there can be no service here, before anything is touched.
func (i *installation) possible() error {
	if err := i.systemd("have your init system run: vns3 headless"); err != nil {
		return err
	}
	if !i.Privileged {
		return refuse("only root may install a service", "sudo vns3 service install --config "+i.Config)
	}
	if i.Config != i.path(config.RootPath) && there(i.Config) && there(i.path(config.RootPath)) {
		return refuse(fmt.Sprintf("%s is there already, and is not %s", i.path(config.RootPath), i.Config), "remove one of them")
	}
	if i.DataDir != i.path(config.RootDataDir) && filled(i.DataDir) && filled(i.path(config.RootDataDir)) {
		return refuse(fmt.Sprintf("%s holds another controller's data already", i.path(config.RootDataDir)), "move it away, or remove it")
	}
	return i.namedFiles()
}

// namedFiles refuses a configuration that names files which the service will not see.
func (i *installation) namedFiles() error {
	c, err := config.Peek(i.Config)
	if err != nil {
		return fmt.Errorf("%s is not valid: %w", i.Config, err)
	}
	for _, path := range []string{c.API.PasswordFile, c.API.TLSCert, c.API.TLSKey} {
		for _, hidden := range []string{"/home/", "/root/", "/run/user/"} {
			if len(path) > len(hidden) && path[:len(hidden)] == hidden {
				return refuse(path+" is below a home directory, where the service cannot read", "move it to /etc/vns3 and name it there")
			}
		}
	}
	return nil
}

// writeSystemFiles writes program, unit and user.
func (i *installation) writeSystemFiles() error {
	program, err := os.ReadFile(i.Binary)
	if err != nil {
		return fmt.Errorf("this program cannot be read: %w", err)
	}
	for _, f := range []struct {
		path string
		data []byte
		mode fs.FileMode
	}{
		{BinaryPath, program, 0o755},
		{UsersPath, []byte(packaging.Users), 0o644},
		{UnitPath, []byte(packaging.Unit), 0o644},
	} {
		if i.path(f.path) == i.Binary {
			continue
		}
		if err := i.replace(i.path(f.path), f.data, f.mode); err != nil {
			return err
		}
		i.Say(f.path + " is written")
	}
	return nil
}

// Removable says why there is no service to remove here, before anybody is asked.
func Removable(o Options) error {
	if err := o.systemd("end the engine as you started it, and remove the program where you put it"); err != nil {
		return err
	}
	if !there(o.path(UnitPath)) {
		return &control.Error{Kind: control.NotFound, What: "service", Reason: "it is not installed", Remedy: "vns3 service install installs it"}
	}
	if !o.Privileged {
		return refuse("only root may remove a service", "sudo vns3 service remove")
	}
	return nil
}

// Remove undoes Install: no service, no unit, no program in /usr/local/bin.
func Remove(ctx context.Context, o Options) error {
	if err := Removable(o); err != nil {
		return err
	}
	if err := o.Run(ctx, "systemctl", "disable", "--now", unit); err != nil {
		return err
	}
	for _, path := range []string{UnitPath, UsersPath, BinaryPath} {
		if err := os.Remove(o.path(path)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		o.Say(path + " is removed")
	}
	if err := o.Run(ctx, "systemctl", "daemon-reload"); err != nil {
		return err
	}
	return o.Run(ctx, "chown", "-R", "root:root", o.path(filepath.Dir(config.RootPath)), o.path(config.RootDataDir))
}
