package commands

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"vns3/engine/config"
)

// logger writes as the configuration says.
func logger(where place, out io.Writer) (*slog.Logger, *slog.LevelVar) {
	c, _ := config.Peek(where.config)
	level := &slog.LevelVar{}
	level.Set(c.Log.Level)
	options := &slog.HandlerOptions{Level: level}
	if c.Log.Format == "json" {
		return slog.New(slog.NewJSONHandler(out, options)), level
	}
	return slog.New(slog.NewTextHandler(out, options)), level
}

// fileLog logs to a file in the data directory: a log line on a console's screen would spoil it. Where
// there can be no file, nothing is logged; events are kept by the engine all the same.
func (a *app) fileLog(where place) (*slog.Logger, *slog.LevelVar) {
	f, err := openLog(where.logFile())
	if err != nil {
		return logger(where, io.Discard)
	}
	return logger(where, f)
}

// maxLog is how large the file of the log may be when it is opened; a larger one begins anew.
const maxLog = 4 << 20

func openLog(path string) (*os.File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the log cannot be written: %w", err)
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_APPEND
	if info, err := os.Stat(path); err == nil && info.Size() > maxLog {
		flags |= os.O_TRUNC
	}
	return os.OpenFile(path, flags, 0o600)
}
