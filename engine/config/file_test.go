package config

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vns3/peering"
)

const (
	first = "# of its author\n[tunnels]\nmtu = 1301\n"
	bad   = "[tunnels]\nmtu = 1\n"
)

// desk is a File with what it needs, in a directory of its own.
type desk struct {
	*testing.T
	*File
	dir, path, good string
}

func openDesk(t *testing.T, text string) *desk {
	t.Helper()
	dir := t.TempDir()
	d := &desk{T: t, dir: dir, path: filepath.Join(dir, "etc", "vns3.toml"), good: filepath.Join(dir, "data", "config.good.toml")}
	writeFile(t, d.path, text)
	d.open()
	return d
}

func (d *desk) open() {
	d.Helper()
	f, err := Open(d.path, d.good, Options{Quiet: 100 * time.Millisecond})
	if err != nil {
		d.Fatal(err)
	}
	d.File = f
	d.Cleanup(func() {
		if err := f.Close(); err != nil {
			d.Error(err)
		}
	})
}

// until waits for a change after which the condition holds.
func (d *desk) until(what string, holds func(Config, State) bool) (Config, State) {
	d.Helper()
	late := time.After(20 * time.Second)
	for {
		c, s := d.Current()
		if holds(c, s) {
			return c, s
		}
		select {
		case <-d.Changes():
		case <-late:
			d.Fatalf("%s: never; mtu %d, %+v", what, c.Tunnels.MTU, s)
		}
	}
}

func (d *desk) untilMTU(mtu int) State {
	d.Helper()
	_, s := d.until("the MTU is new", func(c Config, _ State) bool { return c.Tunnels.MTU == mtu })
	return s
}

func (d *desk) text() string {
	d.Helper()
	data, err := os.ReadFile(d.path)
	if err != nil {
		d.Fatal(err)
	}
	return string(data)
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *desk) run(name string, args ...string) {
	d.Helper()
	if out, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		d.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// Every way in which people change a file is exactly one load, the next one is noticed too, and the file
// is still the same file to the outside.
func TestFileNoticesEachWayOfChangingOnce(t *testing.T) {
	text := func(mtu string) []byte { return []byte("[tunnels]\nmtu = " + mtu + "\n") }
	for name, change := range map[string]func(d *desk, mtu string){
		"rename over": func(d *desk, mtu string) {
			d.must(os.WriteFile(d.path+".swp", text(mtu), 0o644))
			d.must(os.Rename(d.path+".swp", d.path))
		},
		"backup, then new": func(d *desk, mtu string) {
			d.must(os.Rename(d.path, d.path+"~"))
			d.must(os.WriteFile(d.path, text(mtu), 0o644))
			d.must(os.Remove(d.path + "~"))
		},
		"in place": func(d *desk, mtu string) { d.must(os.WriteFile(d.path, text(mtu), 0o644)) },
		"in place, in pieces": func(d *desk, mtu string) {
			f, err := os.OpenFile(d.path, os.O_WRONLY|os.O_TRUNC, 0)
			d.must(err)
			for _, c := range text(mtu) {
				_, err := f.Write([]byte{c})
				d.must(err)
			}
			d.must(f.Close())
		},
		"sed -i": func(d *desk, mtu string) { d.run("sed", "-i", "s/mtu = .*/mtu = "+mtu+"/", d.path) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := openDesk(t, first)
			_, before := d.Current()
			for i, mtu := range []string{"1310", "1311", "1312"} {
				change(d, mtu)
				after := d.untilMTU(1310 + i)
				if after.Loads != before.Loads+uint64(i)+1 || after.Err != nil || after.Defaults || after.Version == before.Version {
					t.Errorf("after change %d: %+v", i+1, after)
				}
			}
		})
	}
}

// A touch, a chmod and an edit of our own are no loads from disk: the content is known.
func TestFileKnowsItsOwnWrites(t *testing.T) {
	d := openDesk(t, first)
	now := time.Now().Add(time.Hour)
	d.must(os.Chtimes(d.path, now, now))
	d.must(d.Edit(t.Context(), "", Set("tunnels.mtu", 1302)))
	d.must(d.Edit(t.Context(), "", Set("tunnels.mtu", 1302)))
	_, own := d.Current()
	if own.Loads != 2 {
		t.Errorf("%d loads after opening and one edit", own.Loads)
	}
	writeFile(t, d.path, "[tunnels]\nmtu = 1303\n")
	if s := d.untilMTU(1303); s.Loads != 3 {
		t.Errorf("%d loads after one change more", s.Loads)
	}
}

// A bad file is refused whole and visibly, the last good one goes on, and a correction is taken.
func TestFileRefusesBadContent(t *testing.T) {
	d := openDesk(t, first)
	_, good := d.Current()
	writeFile(t, d.path, bad)
	c, s := d.until("refused", func(_ Config, s State) bool { return s.Err != nil })
	var problems Problems
	if !errors.As(s.Err, &problems) || problems[0].Line != 2 || c.Tunnels.MTU != 1301 || s.AppliedAt != good.AppliedAt || s.Version == good.Version {
		t.Errorf("%d, %+v", c.Tunnels.MTU, s)
	}
	err := d.Edit(t.Context(), "", Set("tunnels.mtu", 1400))
	if !errors.Is(err, ErrInvalidOnDisk) || !strings.Contains(err.Error(), "line 2, column 1: tunnels.mtu") || d.text() != bad {
		t.Errorf("edit of a bad file: %v", err)
	}
	if err := d.Reload(t.Context()); !errors.As(err, &problems) {
		t.Errorf("reload of a bad file: %v", err)
	}
	writeFile(t, d.path, "[tunnels]\nmtu = 1304\n")
	if s := d.untilMTU(1304); s.Err != nil {
		t.Errorf("%+v", s)
	}
}

// At the start the kept copy stands in for a bad file; without a copy the error is the file's.
func TestFileStartsWithLastGood(t *testing.T) {
	d := openDesk(t, first)
	info, err := os.Stat(d.good)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("the copy: %v, %v", info, err)
	}
	writeFile(t, d.path, bad)
	d.open()
	c, s := d.Current()
	if c.Tunnels.MTU != 1301 || s.Err == nil || !s.LastGood || s.Defaults {
		t.Errorf("%d, %+v", c.Tunnels.MTU, s)
	}
	writeFile(t, d.path, "")
	if _, s := d.until("corrected", func(_ Config, s State) bool { return s.Err == nil }); s.LastGood {
		t.Errorf("%+v", s)
	}
	writeFile(t, d.path, bad)
	for _, good := range []string{filepath.Join(d.dir, "none"), d.path} {
		var problems Problems
		if f, err := Open(d.path, good, Options{}); f != nil || !errors.As(err, &problems) {
			t.Errorf("without a good copy: %v, %v", f, err)
		}
	}
}

// Without a file the defaults hold; it is made, with its directory, by the first edit or by hand.
func TestFileThatIsNotThere(t *testing.T) {
	for name, create := range map[string]func(*desk){
		"edit": func(d *desk) { d.must(d.Edit(d.Context(), "", Set("tunnels.mtu", 1305))) },
		"hand": func(d *desk) { writeFile(d.T, d.path, "[tunnels]\nmtu = 1305\n") },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			d := &desk{T: t, dir: dir, path: filepath.Join(dir, "a", "b", "vns3.toml"), good: filepath.Join(dir, "good")}
			d.open()
			if c, s := d.Current(); c.Tunnels.MTU != DefaultMTU || !s.Defaults || !s.Writable || s.Err != nil {
				t.Errorf("%+v", s)
			}
			create(d)
			if s := d.untilMTU(1305); s.Defaults || d.text() != "[tunnels]\nmtu = 1305\n" {
				t.Errorf("%+v, %q", s, d.text())
			}
			writeFile(t, d.path, "[tunnels]\nmtu = 1306\n")
			d.untilMTU(1306)
		})
	}
}

// A file that goes away is told, the last configuration goes on, and nothing is written in its place.
func TestFileThatGoesAway(t *testing.T) {
	d := openDesk(t, first)
	d.must(os.Remove(d.path))
	c, s := d.until("gone", func(_ Config, s State) bool { return s.Err != nil })
	if !errors.Is(s.Err, fs.ErrNotExist) || !strings.Contains(s.Err.Error(), "the file is gone") || c.Tunnels.MTU != 1301 {
		t.Errorf("%+v", s)
	}
	if err := d.Edit(t.Context(), "", Set("tunnels.mtu", 1400)); !errors.Is(err, ErrInvalidOnDisk) {
		t.Errorf("edit: %v", err)
	}
	writeFile(t, d.path, first)
	if _, s := d.until("back", func(_ Config, s State) bool { return s.Err == nil }); s.Loads != 3 {
		t.Errorf("%+v", s)
	}
}

// An edit based on another version than the file's is refused and told what changed; one that is based on
// nothing takes the file as it is, also if it changed a moment ago.
func TestFileConflict(t *testing.T) {
	d := openDesk(t, "[peering]\n2 = \"a.example\"\n")
	_, seen := d.Current()
	const theirs = "[peering]\n2 = \"b.example\"\n[log]\nformat = \"json\"\n"
	writeFile(t, d.path, theirs)
	err := d.Edit(t.Context(), seen.Version, Set("peering.1", peering.Row{Kind: peering.Self}))
	if !errors.Is(err, ErrConflict) || !strings.Contains(err.Error(), "row 2: a.example → b.example") || !strings.Contains(err.Error(), "log.format") || d.text() != theirs {
		t.Errorf("%v\n%s", err, d.text())
	}
	d.must(d.Edit(t.Context(), "", Set("peering.1", peering.Row{Kind: peering.Self})))
	_, now := d.Current()
	d.must(d.Edit(t.Context(), now.Version, Set("log.format", "text")))
	if want := "[peering]\n1 = \"this instance\"\n2 = \"b.example\"\n[log]\nformat = \"text\"\n"; d.text() != want {
		t.Errorf("%s", d.text())
	}
	if err := d.Edit(t.Context(), "never seen", Set("tunnels.mtu", 1400)); !errors.Is(err, ErrConflict) {
		t.Errorf("%v", err)
	}
}

// A bad edit changes nothing and is told as what is wrong with its result.
func TestFileRefusesBadEdit(t *testing.T) {
	d := openDesk(t, first)
	_, before := d.Current()
	var problems Problems
	if err := d.Edit(t.Context(), "", Set("tunnels.mtu", 1)); !errors.As(err, &problems) || d.text() != first {
		t.Errorf("%v", err)
	}
	if _, after := d.Current(); after != before {
		t.Errorf("%+v became %+v", before, after)
	}
}

// Many edits at once: each is made, none is lost.
func TestFileConcurrentEdits(t *testing.T) {
	d := openDesk(t, first)
	var edits sync.WaitGroup
	for id := 1; id <= 9; id++ {
		edits.Go(func() {
			if err := d.Edit(context.Background(), "", Set("tunnels.peer_mtu."+string(rune('0'+id)), 1300+id)); err != nil {
				t.Error(err)
			}
		})
	}
	edits.Wait()
	if c, _ := d.Current(); len(c.Tunnels.PeerMTU) != 9 {
		t.Errorf("%v", c.Tunnels.PeerMTU)
	}
}

// An edit keeps owner and mode, and leaves no other file behind.
func TestFileKeepsOwnerAndMode(t *testing.T) {
	d := openDesk(t, first)
	d.must(os.Chmod(d.path, 0o640))
	owner := os.Geteuid()
	if owner == 0 {
		owner = 12345
		d.must(os.Chown(d.path, owner, owner))
	}
	d.must(d.Edit(t.Context(), "", Set("tunnels.mtu", 1302)))
	info, err := os.Stat(d.path)
	d.must(err)
	if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != owner || info.Mode().Perm() != 0o640 {
		t.Errorf("owner %d, mode %v", stat.Uid, info.Mode())
	}
	entries, err := os.ReadDir(filepath.Dir(d.path))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %v", entries, err)
	}
}

// A read-only file is a named error, nothing is changed, and it is seen when that ends.
func TestFileReadOnly(t *testing.T) {
	d := openDesk(t, first)
	d.must(os.Chmod(d.path, 0o444))
	d.until("read-only", func(_ Config, s State) bool { return !s.Writable })
	err := d.Edit(t.Context(), "", Set("tunnels.mtu", 1302))
	if !errors.Is(err, ErrReadOnly) || !strings.Contains(err.Error(), d.path) || d.text() != first {
		t.Errorf("%v", err)
	}
	d.must(os.Chmod(d.path, 0o644))
	d.until("writable", func(_ Config, s State) bool { return s.Writable })
}

// Symbolic links are followed: by edits, which leave them links, and by changes of what they lead to, of
// the link itself, and of a directory that is a link, as Kubernetes mounts files.
func TestFileBehindLinks(t *testing.T) {
	dir := t.TempDir()
	at := func(parts ...string) string { return filepath.Join(append([]string{dir}, parts...)...) }
	text := func(mtu string) string { return "[tunnels]\nmtu = " + mtu + "\n" }
	writeFile(t, at("one", "real.toml"), text("1310"))
	writeFile(t, at("two", "real.toml"), text("1311"))
	d := &desk{T: t, path: at("vns3.toml"), good: at("good")}
	d.must(os.Symlink("one", at("current")))
	d.must(os.Symlink(filepath.Join("current", "..", "current", "real.toml"), d.path))
	d.open()
	d.must(d.Edit(t.Context(), "", Set("tunnels.mtu", 1320)))
	if data, err := os.ReadFile(at("one", "real.toml")); err != nil || string(data) != text("1320") {
		t.Errorf("%s, %v", data, err)
	}
	for _, link := range []string{d.path, at("current")} {
		if info, err := os.Lstat(link); err != nil || info.Mode()&fs.ModeSymlink == 0 {
			t.Errorf("%s is no link any more: %v", link, err)
		}
	}
	writeFile(t, at("one", "real.toml"), text("1312"))
	d.untilMTU(1312)
	d.must(os.Symlink("two", at("next")))
	d.must(os.Rename(at("next"), at("current")))
	d.untilMTU(1311)
	writeFile(t, at("two", "real.toml"), text("1313"))
	d.untilMTU(1313)
	writeFile(t, at("three.toml"), text("1314"))
	d.must(os.Symlink(at("three.toml"), at("next")))
	d.must(os.Rename(at("next"), d.path))
	d.untilMTU(1314)
}

// Links that go in a circle are an error, not a hang.
func TestTraceEnds(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("a", filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if names, _ := trace(filepath.Join(dir, "a")); len(names) > maxLinks+2 {
		t.Errorf("%d names", len(names))
	}
	if f, err := Open(filepath.Join(dir, "a"), filepath.Join(dir, "good"), Options{}); err == nil {
		t.Errorf("opened %v", f)
	}
}

// A closed File answers, and does nothing any more.
func TestFileClosed(t *testing.T) {
	d := openDesk(t, first)
	f, err := Open(d.path, d.good, Options{})
	d.must(err)
	d.must(f.Close())
	if err := f.Edit(t.Context(), "", Set("tunnels.mtu", 1302)); !errors.Is(err, ErrClosed) {
		t.Errorf("%v", err)
	}
	ended, end := context.WithCancel(t.Context())
	end()
	if err := f.Reload(ended); err == nil {
		t.Error("a reload of a closed file")
	}
}

// Nothing is changed on a file that is not what the edit was made from.
func TestReplaceChecksOnceMore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "vns3.toml")
	writeFile(t, path, "theirs")
	err := replaceFile(path, []byte("seen"), []byte("ours"))
	data, _ := os.ReadFile(path)
	if !errors.Is(err, ErrConflict) || string(data) != "theirs" {
		t.Errorf("%v, %s", err, data)
	}
	if err := replaceFile("/proc/nothing/vns3.toml", nil, []byte("x")); !errors.Is(err, ErrReadOnly) {
		t.Errorf("%v", err)
	}
}
