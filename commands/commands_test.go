package commands

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"vns3/control"
	"vns3/engine/api/apitest"
	"vns3/engine/config"
	"vns3/engine/enginetest"
)

// asProgram makes the test binary behave as vns3 itself: for tests of processes.
const asProgram = "VNS3_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(Main("test"))
	}
	os.Exit(m.Run())
}

// run is one run of the command line.
type run struct {
	code     int
	out, err string
}

// world is what commands of a test see.
type world struct {
	t   testing.TB
	env map[string]string
	uid int
	in  string // what is typed; empty: no terminal

	piped bool // what is written out goes to another program

	machine machine // nothing runs on it
}

func newWorld(t testing.TB) *world {
	home := t.TempDir()
	return &world{t: t, env: map[string]string{"HOME": home}, uid: 1000}
}

// at makes commands be about the controller with the configuration file.
func (w *world) at(config string) *world {
	w.env["VNS3_CONFIG"] = config
	return w
}

func (w *world) app(out, err io.Writer) *app {
	return &app{
		version: "test", out: out, err: err, in: strings.NewReader(w.in), interactive: w.in != "", screen: !w.piped,
		env:     config.Env{Getenv: func(name string) string { return w.env[name] }, Geteuid: func() int { return w.uid }},
		machine: w.machine,
	}
}

func (w *world) run(args ...string) run {
	w.t.Helper()
	var out, err bytes.Buffer
	code := w.app(&out, &err).run(w.t.Context(), args)
	if strings.Contains(err.String(), "vns3: vns3") {
		w.t.Errorf("vns3 %s: the program names itself twice: %s", strings.Join(args, " "), &err)
	}
	return run{code, out.String(), err.String()}
}

// must runs a command that has to succeed, and returns what it wrote.
func (w *world) must(args ...string) string {
	w.t.Helper()
	r := w.run(args...)
	if r.code != exitDone {
		w.t.Fatalf("vns3 %s: exit %d\n%s%s", strings.Join(args, " "), r.code, r.out, r.err)
	}
	return r.out
}

func (w *world) file(name, text string) string {
	path := filepath.Join(w.t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// controllerFile writes the configuration of a controller that nothing else meets.
func controllerFile(t testing.TB, extra string) (path, dataDir string) {
	t.Helper()
	octets := enginetest.Network().Addr().As4()
	octets[3] = 10
	dir := t.TempDir()
	path, dataDir = filepath.Join(dir, "vns3.toml"), filepath.Join(dir, "data")
	text := fmt.Sprintf("# mine\n[controller]\nname = \"here\"\nlisten = \"%v\"\ndata_dir = %q\n%s", netip.AddrFrom4(octets), dataDir, extra)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path, dataDir
}

// wants checks that a text has all the parts.
func wants(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in:\n%s", part, text)
		}
	}
}

// A wrong use ends with 2 and says what is missing; nothing is asked or changed.
func TestWrongUse(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"bogus":                                 "\"bogus\" is not a command",
		"keyset bogus":                          "\"bogus\" is not a command of vns3 keyset",
		"status extra":                          "takes no argument",
		"status --bogus":                        "unknown flag: --bogus: see vns3 status --help",
		"completion tcsh":                       "is none of bash, zsh and fish",
		"client":                                "client needs the file of an exported clientpack, such as",
		"peering set":                           "needs rows ID=ROW, such as",
		"peering set 2":                         "is not NAME=VALUE",
		"peering set 12=10.0.0.1":               "12",
		"peering set 2=10.0.0.1:80":             "row 2",
		"peering set 2=none 2=self":             "given twice",
		"peering accept x":                      "x",
		"peering check 2":                       "is not ID=ADDRESS",
		"keyset fetch":                          "--source HOST[:PORT] is missing",
		"license install":                       "needs one FILE, or --community",
		"license install a b":                   "needs one FILE",
		"license issue":                         "--topology NAME is missing",
		"license issue --topology x --subnet y": "is not a network",
		"license signer a+b -o f":               "has a space or a plus",
		"clientpack enable":                     "or --all",
		"clientpack regenerate a b":             "one clientpack",
		"clientpack tag x y":                    "is not NAME=VALUE",
		"clientpack add x":                      "neither a count nor an IP address",
		"clientpack next --low x":               "is not an IP address",
		"route remove x":                        "is not the number of a route",
		"task cancel 0":                         "is not the number of a task",
		"takeover 10":                           "10",
		"access user a --disable":               "needs one NAME, or --disable",
		"access token add x --expires 2y":       "from one minute to one year",
		"access token add x --expires soon":     "is no lifetime",
		"events --severity bad":                 "is none of info, warn and error",
		"events --since -1h":                    "lies in the future",
		"config set color=red":                  "is none of",
		"config set mouse=maybe":                "is true or false",
	} {
		r := w.run(strings.Fields(line)...)
		if r.code != exitWrong || !strings.Contains(r.err, want) {
			t.Errorf("vns3 %s: exit %d, want %d with %q:\n%s%s", line, r.code, exitWrong, want, r.out, r.err)
		}
	}
}

// The name of the program stands before an error once, whoever made its text, and one place writes it.
func TestOneName(t *testing.T) {
	for _, err := range []error{
		errors.New("vns3: vns3: no"), wrongUse("vns3: no"),
		&control.Error{What: "vns3", Reason: "no"}, &control.Error{Reason: "vns3: no", Remedy: "do it"},
	} {
		var out bytes.Buffer
		newWorld(t).app(io.Discard, &out).finish(err)
		if strings.Count(out.String(), "vns3") != 1 || !strings.HasPrefix(out.String(), "vns3: no\n") {
			t.Errorf("%#v is written %q", err, &out)
		}
	}
	writers := 0
	files, _ := filepath.Glob("*.go")
	for _, file := range append(files, "../main.go") {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasSuffix(file, "_test.go") {
			writers += strings.Count(string(source), "\"vns3: ")
		}
	}
	if writers != 1 {
		t.Errorf("%d places write the name of the program before an error, want one", writers)
	}
}

// Where no engine runs, a command that needs one says so, with what to do, and ends with 1.
func TestNoEngine(t *testing.T) {
	path, _ := controllerFile(t, "")
	w := newWorld(t).at(path)
	for _, line := range []string{"status", "mesh", "events", "peering apply", "clientpack list", "route list", "rebalance", "config reload", "access token list"} {
		r := w.run(strings.Fields(line)...)
		if r.code != exitFailed {
			t.Errorf("vns3 %s: exit %d", line, r.code)
		}
		wants(t, r.err, "no engine runs on this data directory", "do: start it: vns3 headless")
	}
	r := w.run("--config", "/nowhere/vns3.toml", "status")
	wants(t, r.err, "/nowhere/vns3.toml: there is no such file", "leave out --config")
	r = w.run()
	wants(t, r.err, "there is no terminal", "vns3 headless")
	w.in, w.piped = "q", true
	for _, line := range []string{"", "demo"} {
		wants(t, w.run(strings.Fields(line)...).err, "there is no terminal")
	}
	if got := w.must("config", "path"); got != path+"\n" {
		t.Errorf("config path: %q", got)
	}
}

// A console that only looks starts no engine: it says that none runs, and leaves nothing behind.
func TestReadOnlyStartsNothing(t *testing.T) {
	path, dataDir := controllerFile(t, "")
	w := newWorld(t).at(path)
	w.in = "q"
	r := w.run("--read-only")
	if r.code != exitFailed {
		t.Errorf("exit %d", r.code)
	}
	wants(t, r.err, "no engine runs on this data directory", "do: start it: vns3 headless, or vns3 for the console")
	if there(dataDir) {
		t.Errorf("%s was made", dataDir)
	}
}

// A configuration that is named and cannot be read is refused, and no other is taken for it: neither the last
// good one in the user's own data directory nor the engine there.
func TestUnreadableConfig(t *testing.T) {
	w := newWorld(t)
	own := filepath.Join(w.env["HOME"], ".local/state/vns3")
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(own, "config.good.toml"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.in = "q"
	unread := t.TempDir() // root can read every file
	for _, line := range []string{"", "headless", "status", "check --file-only", "config path"} {
		named := w.run(append(strings.Fields(line), "--config", unread)...)
		w.env["VNS3_CONFIG"] = unread
		for _, r := range []run{named, w.run(strings.Fields(line)...)} {
			if r.code != exitFailed {
				t.Errorf("vns3 %s: exit %d", line, r.code)
			}
			wants(t, r.err, unread+": it is not a regular file", "do: name a configuration file that can be read")
		}
		delete(w.env, "VNS3_CONFIG")
	}
	err := unreadable(&config.ReadError{Path: "/x.toml", Err: &fs.PathError{Op: "open", Path: "/x.toml", Err: fs.ErrPermission}})
	if want := "/x.toml: it cannot be read: permission denied"; !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// An ordinary user without a controller of his own is for the machine's, if he is let in.
func TestMachinesController(t *testing.T) {
	site := apitest.Start(t, apitest.SiteOptions{Controller: apitest.Options{Name: "the machine's"}})
	w := newWorld(t)
	w.machine.place = place{config: "/etc/vns3/vns3.toml", dataDir: site.Dir, socket: site.Socket}
	t.Chdir(t.TempDir())
	wants(t, w.must("status"), "the machine's: no keyset yet")
	if got := w.must("config", "path"); got != "/etc/vns3/vns3.toml\n" {
		t.Errorf("config path: %q", got)
	}
	wants(t, w.run("headless").err, "the controller of this machine is there, and it is root's", "use sudo")
	err := w.app(io.Discard, io.Discard).noEngine(w.machine.place, syscall.EACCES)
	wants(t, err.Error(), w.machine.socket+": an engine runs here, but this user may not ask it", "use sudo or join the group vns3")
}

// An ordinary user starts no controller beside the machine's where its service does not run at the moment,
// nor where he may not look whether it does; but one that is his own he does.
func TestNoSecondController(t *testing.T) {
	dir := t.TempDir()
	w := newWorld(t)
	unit := w.file("vns3.service", "")
	w.uid = 4242
	w.machine = machine{place: place{config: filepath.Join(dir, "vns3.toml"), dataDir: dir, socket: filepath.Join(dir, "vns3.sock")}, unit: unit}
	t.Chdir(t.TempDir())
	w.in = "q"
	for _, line := range []string{"", "headless"} {
		r := w.run(strings.Fields(line)...)
		if r.code != exitFailed {
			t.Errorf("vns3 %s: exit %d", line, r.code)
		}
		wants(t, r.err, dir+": it belongs to the service vns3, which does not run", "do: systemctl start vns3")
	}
	wants(t, w.run("status").err, "the service vns3 does not run", "do: systemctl start vns3")

	a := w.app(io.Discard, io.Discard)
	if err := os.MkdirAll(config.DataDir(config.Config{}, a.env), 0o700); err != nil {
		t.Fatal(err)
	}
	if own, err := a.find(); err != nil || own.dataDir == dir {
		t.Errorf("his own controller is not found: %+v, %v", own, err)
	}
}

// Nobody but its user changes anything of a service that does not run: it could not read the files
// afterwards.
func TestBelongsToService(t *testing.T) {
	path, dataDir := controllerFile(t, "")
	w := newWorld(t).at(path)
	w.uid = 0
	w.machine = machine{place: place{dataDir: dataDir}, unit: path}
	for _, line := range []string{"headless", "config set name=x", "license install --community"} {
		r := w.run(strings.Fields(line)...)
		if r.code != exitFailed {
			t.Errorf("vns3 %s: exit %d", line, r.code)
		}
		wants(t, r.err, "belongs to the service vns3", "do: systemctl start vns3")
	}
	wants(t, w.must("config", "show"), "● valid")

	where := place{config: path, dataDir: dataDir}
	w.env["STATE_DIRECTORY"] = dataDir
	if err := w.app(io.Discard, io.Discard).mayRun(where); err != nil {
		t.Errorf("the service itself may not run: %v", err)
	}
}

// A question's default is no, --yes answers it, and where nobody can be asked nothing is done.
func TestQuestions(t *testing.T) {
	for _, c := range []struct {
		in   string
		yes  bool
		code int
	}{{"", false, exitWrong}, {"", true, exitDone}, {"\n", false, exitFailed}, {"n\n", false, exitFailed}, {"y\n", false, exitDone}, {"YES\n", false, exitDone}} {
		w := newWorld(t)
		w.in = c.in
		a := w.app(io.Discard, io.Discard)
		a.yes = c.yes
		a.lines = bufio.NewReader(a.in)
		code := a.finish(a.ask("Really?"))
		if code != c.code {
			t.Errorf("%+v: exit %d", c, code)
		}
	}
}

// Secrets come from a file, standard input, the environment or a prompt; a new one is asked for twice.
func TestSecrets(t *testing.T) {
	w := newWorld(t)
	from := tokenSource(w.file("token", "from a file\r\n"))
	check := func(want string, wantErr string) {
		t.Helper()
		a := w.app(io.Discard, io.Discard)
		a.lines = bufio.NewReader(a.in)
		got, err := a.secret(from)
		if got != want || (err == nil) != (wantErr == "") || err != nil && !strings.Contains(err.Error(), wantErr) {
			t.Errorf("got %q, %v; want %q, %q", got, err, want, wantErr)
		}
	}
	check("from a file", "")
	w.in, from.file = "from a pipe\nrest", "-"
	check("from a pipe", "")
	from.file, w.in = "", ""
	check("", "give a file with --token-file, or set VNS3_TOKEN")
	w.env["VNS3_TOKEN"] = "from the environment"
	check("from the environment", "")
	delete(w.env, "VNS3_TOKEN")
	w.in = "typed\n"
	check("typed", "")
	from.twice, w.in = true, "typed\ntyped\n"
	check("typed", "")
	w.in = "typed\nother\n"
	check("typed", "differs")
	from.file = filepath.Join(t.TempDir(), "missing")
	check("", "cannot be read")
}

// output is a buffer that may be read while it is written.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}
