package commands

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"vns3/commands/files"
	"vns3/commands/service"
	"vns3/control"
	"vns3/engine/api/cert"
	"vns3/engine/api/client"
	"vns3/engine/config"
	"vns3/keyset"
)

// backend is a controller that a command asks, until it is closed.
type backend interface {
	control.Backend
	Close() error
}

// place is where an engine's files are.
type place struct {
	config  string // path of the configuration file, which need not exist
	dataDir string
	socket  string
}

// machine is the controller of the machine itself: root's, or the service's.
type machine struct {
	place
	unit string // is there where a service is installed
}

var thisMachine = machine{
	place: place{config: config.RootPath, dataDir: config.RootDataDir, socket: config.RootSocket}, unit: service.UnitPath,
}

// find tells where the files of the engine are that a command is for. Who has no configuration of his
// own, and no engine, is for the machine's, also while that does not run: a second one beside it would be
// in its way.
func (a *app) find() (place, error) {
	path, exists := config.Find(a.configFlag, a.env)
	if a.configFlag != "" && !exists {
		return place{}, &control.Error{Kind: control.NotFound, What: path, Reason: "there is no such file", Remedy: "name an existing configuration file, or leave out --config"}
	}
	c, err := config.Peek(path) // a file that is not valid still names the data directory
	asked := a.configFlag != "" || a.env.Getenv("VNS3_CONFIG") != ""
	var unread *config.ReadError
	if asked && errors.As(err, &unread) && a.env.Getenv("STATE_DIRECTORY") == "" {
		return place{}, unreadable(unread)
	}
	dir := config.DataDir(c, a.env)
	own := place{config: path, dataDir: dir, socket: config.SocketPath(dir)}
	if !exists && !asked && !there(own.socket) && (there(a.machine.socket) || there(a.machine.unit) && !there(own.dataDir)) {
		return a.machine.place, nil
	}
	return own, nil
}

// unreadable refuses a file that was asked for by name and cannot be read: the data directory it names is not
// known, and what lies in the user's own, engine or last good configuration, is another controller's.
func unreadable(e *config.ReadError) error {
	reason, remedy := e.Err.Error(), "name a configuration file that can be read"
	var path *fs.PathError
	if errors.As(e.Err, &path) {
		reason = "it cannot be read: " + path.Err.Error()
	}
	if errors.Is(e.Err, fs.ErrPermission) {
		remedy = "change its owner or mode, or use sudo"
	}
	return &control.Error{Kind: control.NotAllowed, What: e.Path, Reason: reason, Remedy: remedy}
}

// there says that the path exists, or may: whoever may not look must not take it for nothing.
func there(path string) bool {
	_, err := os.Lstat(path)
	return err == nil || errors.Is(err, fs.ErrPermission)
}

// open returns the engine that a command is for: the one that runs on this machine on the
// configuration's data directory, or another controller.
func (a *app) open(ctx context.Context) (backend, error) {
	if a.host != "" {
		target, err := a.remote()
		if err != nil {
			return nil, err
		}
		return client.Dial(ctx, target)
	}
	where, err := a.find()
	if err != nil {
		return nil, err
	}
	b, err := client.Dial(ctx, client.Target{Socket: where.socket})
	if err != nil {
		return nil, a.noEngine(where, err)
	}
	return b, nil
}

// openOrFiles returns the engine, or the controller's files where no engine runs, and says so.
func (a *app) openOrFiles(ctx context.Context) (backend, error) {
	b, err := a.open(ctx)
	var known *control.Error
	if !errors.As(err, &known) || known.Kind != control.Disconnected || a.host != "" {
		return b, err
	}
	where, err := a.find()
	if err != nil {
		return nil, err
	}
	a.note("No engine runs on %s: this is about its files.", where.dataDir)
	return files.New(files.Options{ConfigPath: where.config, DataDir: where.dataDir, Version: a.version, Refusal: a.belongsToService(where)}), nil
}

// belongsToService refuses everybody what the service's user must do, because it could not read other
// people's files afterwards; nil: the place is nobody else's.
func (a *app) belongsToService(where place) error {
	user := a.env.Geteuid()
	itself := a.env.Getenv("STATE_DIRECTORY") != "" || user != 0 && user == ownerOf(where.dataDir)
	if !a.isService(where) || itself {
		return nil
	}
	return &control.Error{Kind: control.NotAllowed, What: where.dataDir, Reason: "it belongs to the service vns3, which does not run", Remedy: "systemctl start vns3"}
}

// mayRun says why no engine can be started on the place; nil: it can.
func (a *app) mayRun(where place) error {
	if err := a.belongsToService(where); err != nil {
		return err
	}
	c, _ := config.Peek(where.config)
	if config.DataDir(c, a.env) != where.dataDir { // an ordinary user's, who was led to the machine's
		return &control.Error{Kind: control.NotAllowed, What: where.dataDir, Reason: "the controller of this machine is there, and it is root's", Remedy: "use sudo, or name a configuration of your own with --config"}
	}
	return nil
}

// ownerOf is the user that a path belongs to; -1: nobody knows.
func ownerOf(path string) int {
	var stat syscall.Stat_t
	if syscall.Stat(path, &stat) != nil {
		return -1
	}
	return int(stat.Uid)
}

// isService says that the place is that of an installed service.
func (a *app) isService(where place) bool {
	return where.dataDir == a.machine.dataDir && there(a.machine.unit)
}

// noEngine says why there is no engine to ask.
func (a *app) noEngine(where place, cause error) error {
	_, err := os.Stat(where.socket)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return &control.Error{Kind: control.ReadOnly, What: filepath.Dir(where.socket), Reason: "this user may not look whether an engine runs there", Remedy: "use sudo, or name another configuration with --config"}
	case errors.Is(cause, fs.ErrPermission):
		return client.NotLetIn(where.socket)
	case a.isService(where) && (errors.Is(err, fs.ErrNotExist) || errors.Is(cause, syscall.ECONNREFUSED)):
		return &control.Error{Kind: control.Disconnected, What: where.dataDir, Reason: "the service vns3 does not run", Remedy: "systemctl start vns3"}
	case errors.Is(err, fs.ErrNotExist), errors.Is(cause, syscall.ECONNREFUSED):
		return &control.Error{Kind: control.Disconnected, What: where.dataDir, Reason: "no engine runs on this data directory", Remedy: "start it: vns3 headless, or vns3 for the console"}
	default:
		return cause
	}
}

// remote is another controller, and how to be let in.
func (a *app) remote() (client.Target, error) {
	target := client.Target{Address: a.host, Token: a.env.Getenv("VNS3_API_TOKEN")}
	target.FirstContact = func(host, fingerprint string) { a.note("%s", firstContact(host, fingerprint)) }
	if where, err := a.find(); err == nil {
		target.Authority = authority(where.dataDir)
		if target.KnownHosts, err = knownHosts(a.env); err != nil {
			return target, err
		}
	}
	switch {
	case a.typed != "":
		target.Password, target.Token = a.typed, ""
		return target, nil
	case target.Token != "":
		return target, nil
	}
	var err error
	target.Password, err = a.secret(secretSource{
		file: a.passwordFile, flag: "--api-password-file", variable: "VNS3_PASSWORD", prompt: "API password of " + a.host, what: "API password",
	})
	return target, err
}

// firstContact tells the user whom this machine trusts from now on.
func firstContact(host, fingerprint string) string {
	return fmt.Sprintf("First contact with %s: its key, %s, is remembered and expected from now on.", host, fingerprint)
}

// knownHosts is the user's file of controllers seen before.
func knownHosts(env config.Env) (string, error) {
	dir := env.Getenv("XDG_STATE_HOME")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(env.Getenv("HOME"), ".local", "state")
	}
	dir = filepath.Join(dir, "vns3")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	return filepath.Join(dir, "known_controllers"), nil
}

// authority is the certificate authority of this machine's topology, where its keyset may be read.
func authority(dataDir string) func() (cert.Seed, bool) {
	return func() (cert.Seed, bool) {
		keys, _, err := keyset.NewStore(dataDir).Load()
		if keys == nil || err != nil {
			return cert.Seed{}, false
		}
		return cert.Seed(keys.CertificateSeed()), true
	}
}
