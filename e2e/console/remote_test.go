package console_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const password = "correct horse battery"

// far is a user's machine without an engine: his console opens the controller at the address over
// HTTPS. What he is let in by is in the environment, or he is asked for it.
func far(t *testing.T, like *machine, address string) *machine {
	t.Helper()
	m := &machine{t: t, address: address, config: []string{"--controller", address}, dir: t.TempDir(), tmux: like.tmux + "-far"}
	m.command = func(name string, args ...string) *exec.Cmd {
		cmd := exec.Command(name, args...)
		cmd.Env = append(os.Environ(), "HOME="+m.dir, "XDG_STATE_HOME="+m.dir)
		return cmd
	}
	t.Cleanup(m.end)
	return m
}

// open starts a terminal that stays when the console has ended, so that its last words can be read.
func (m *machine) open(environment ...string) {
	m.t.Helper()
	path, err := program()
	if err != nil {
		m.t.Fatal(err)
	}
	m.ask("kill-server")
	m.tmux += "-" // the one before may still be ending
	session := []string{"-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", "-s", "console", "env"}
	session = append(append(session, environment...), "sh", "-c", `"$0" "$@"; echo "it ended with $?"; read _`, path)
	m.run(append(session, m.config...)...)
}

// says waits for words that the end of a line may have parted.
func (m *machine) says(words ...string) {
	m.t.Helper()
	m.until("the screen says "+strings.Join(words, ", "), func(screen string) bool {
		screen = strings.Join(strings.Fields(strings.NewReplacer("│", " ", "┌", " ", "└", " ").Replace(screen)), " ")
		for _, w := range words {
			if !strings.Contains(screen, w) {
				return false
			}
		}
		return true
	})
}

// A console far away opens a controller by password or token, switches to the other controller of the
// mesh and back, and says in words why it is not let in.
func TestProgramAnotherController(t *testing.T) {
	both := machines(t, 2)
	meshed(both)
	file := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, m := range both {
		if out, err := m.vns3("access", "password", "--password-file", file); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	m := far(t, both[0], both[0].address)

	m.open("VNS3_PASSWORD=wrong")
	m.says("do: give the right user and password, or a token that is valid", "it ended with")

	m.open() // nothing in the environment: it asks
	m.waitFor("API password of " + m.address + ":")
	m.text(password)
	m.keys("Enter")
	m.waitFor("#1 vns3-a", "at "+m.address, "mesh 2 of 2")
	m.palette("switch to #2", "#2 vns3-b", "at "+both[1].address, "mesh 2 of 2")
	m.palette("switch back", "#1 vns3-a", "at "+m.address, "mesh 2 of 2")

	token, err := both[0].vns3("access", "token", "add", "far")
	secret := regexp.MustCompile(`[A-Za-z0-9_-]{24,}`).FindString(token)
	if err != nil || secret == "" {
		t.Fatalf("%v\n%s", err, token)
	}
	m.open("VNS3_API_TOKEN=" + secret)
	m.waitFor("#1 vns3-a", "mesh 2 of 2")

	known := filepath.Join(m.dir, "vns3", "known_controllers")
	if err := os.WriteFile(known, []byte(m.address+":8000 another\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	m.open("VNS3_PASSWORD=" + password)
	m.says("certificate of "+m.address+":8000", "its key is not the one seen before", "remove its line from", "known_controllers")

	m.config[1] = "127.255.255.1"
	m.open("VNS3_PASSWORD=" + password)
	m.says("127.255.255.1:8000: no engine answers there", "do: start it, or check the address", "it ended with")

	both[0].palette("switch to #2", "Open #2", "Its API password lets this console in.")
	both[0].text("wrong")
	both[0].keys("Enter")
	both[0].says("Do give the right user and password")
	both[0].keys("Up", "C-u")
	both[0].text(password)
	both[0].keys("Enter")
	both[0].waitFor("#2 vns3-b", "at "+both[1].address, "mesh 2 of 2")
}
