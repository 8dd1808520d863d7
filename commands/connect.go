package commands

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"

	"vns3/control"
	"vns3/engine/api/client"
	"vns3/engine/config"
)

// place is where an engine's files are.
type place struct {
	config  string // path of the configuration file, which need not exist
	dataDir string
	socket  string
}

// find tells where the files of the engine are that a command is for.
func (a *app) find() (place, error) {
	path, exists := config.Find(a.configFlag, a.env)
	if a.configFlag != "" && !exists {
		return place{}, &control.Error{Kind: control.NotFound, What: path, Reason: "there is no such file", Remedy: "name an existing configuration file, or leave out --config"}
	}
	c, _ := config.Peek(path) // a file that is not valid still names the data directory
	dir := config.DataDir(c, a.env)
	return place{config: path, dataDir: dir, socket: config.SocketPath(dir)}, nil
}

// connect returns the engine that a command is for: the one that runs on this machine on the
// configuration's data directory, or another controller.
func (a *app) connect(ctx context.Context) (*client.Client, error) {
	if a.host != "" {
		return a.connectHost(ctx)
	}
	where, err := a.find()
	if err != nil {
		return nil, err
	}
	backend, err := client.Dial(ctx, client.Target{Socket: where.socket})
	if err == nil {
		return backend, nil
	}
	return nil, noEngine(where, err)
}

// noEngine says why there is no engine to ask.
func noEngine(where place, cause error) error {
	_, err := os.Stat(where.socket)
	switch {
	case errors.Is(cause, fs.ErrPermission), errors.Is(err, fs.ErrPermission), errors.Is(cause, syscall.EACCES):
		return &control.Error{Kind: control.ReadOnly, What: where.socket, Reason: "an engine runs here as root", Remedy: "use sudo or join group vns3"}
	case errors.Is(err, fs.ErrNotExist):
		return &control.Error{Kind: control.Disconnected, What: where.dataDir, Reason: "no engine runs on this data directory", Remedy: "start it: vns3 headless, or vns3 for the console"}
	default:
		return cause
	}
}

// connectHost opens another controller over HTTPS.
func (a *app) connectHost(ctx context.Context) (*client.Client, error) {
	target := client.Target{Address: a.host, Token: a.env.Getenv("VNS3_API_TOKEN"), Password: a.env.Getenv("VNS3_PASSWORD")}
	if where, err := a.find(); err == nil {
		target.KnownHosts = where.dataDir + "/known_controllers"
	}
	if target.Token == "" && target.Password == "" {
		password, err := a.secret(secretSource{prompt: "API password of " + a.host + ": ", what: "API password"})
		if err != nil {
			return nil, err
		}
		target.Password = password
	}
	return client.Dial(ctx, target)
}
