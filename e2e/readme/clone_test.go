package readme

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"
)

// TestClone does on a bare clone what README says first: the console opens, on an engine that it starts,
// and ends at ctrl+c; the tour of the demonstration is played to its end; and somebody without any privilege
// has a mesh within seconds. Neither leaves a file behind. What is not committed is not there.
func TestClone(t *testing.T) {
	m := newReader(t).at("10.0.1.10")
	m.types("git config --global --add safe.directory '*' && git clone --quiet --no-hardlinks " + m.home + " /root/clone")
	m.home = "/root/clone"

	cmd := m.shell("go run .")
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		t.Fatal(err)
	}
	defer terminal.Close()
	given := time.AfterFunc(40*time.Second, func() {
		_ = cmd.Process.Kill() // it may have ended
		terminal.Close()
	})
	defer given.Stop()
	shown, left := "", false
	buffer := make([]byte, 1<<14)
	for err == nil {
		var n int
		n, err = terminal.Read(buffer)
		shown += string(buffer[:n])
		if !left && strings.Contains(letters(shown), "insidethisconsole") {
			left = true
			if _, err := terminal.WriteString("\x03"); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err != nil || !left {
		t.Errorf("go run .: %v, its console was seen: %v\n%s", err, left, letters(shown))
	}

	tour, _ := m.types("go run . demo --script")
	if !strings.Contains(tour, "every link is up") {
		t.Errorf("go run . demo --script:\n%s", tour)
	}
	m.types("useradd --create-home reader && go build -o /usr/local/bin/vns3 .")
	before := m.shows("ls -AR /home/reader")
	m.wants("runuser -u reader -- timeout --preserve-status --signal INT 10 vns3 demo --no-console", "every link is up", "exchange 100 packets/s", "https://127.0.0.11:8000")
	if after := m.shows("ls -AR /home/reader"); after != before {
		t.Errorf("left behind at home:\n%s\nbefore:\n%s", after, before)
	}
	if files := m.shows("ls -A /tmp"); strings.Contains(files, "vns3-demo") {
		t.Errorf("left behind: %s", files)
	}
	if _, err := os.Stat(m.home); err == nil {
		t.Errorf("%s is on this machine too", m.home)
	}
}

// letters are what was written to a terminal, without how and where: a renderer moves the cursor over spaces.
func letters(shown string) string {
	return strings.Join(strings.Fields(ansi.Strip(shown)), "")
}
