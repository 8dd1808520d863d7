package lab

import (
	"encoding/binary"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// Change replaces a text in a file of a package, of this module or of Go itself. With no Old it adds
// the file.
type Change struct{ Package, File, Old, New string }

var variants struct {
	sync.Mutex
	built map[string]string
}

// Variant builds the program with changes in its source, once for each name, and returns its path.
func Variant(t T, name string, changes ...Change) string {
	t.Helper()
	variants.Lock()
	defer variants.Unlock()
	if path, ok := variants.built[name]; ok {
		return path
	}
	dir := filepath.Dir(Binary)
	replace := map[string]string{}
	for _, c := range changes {
		home, err := exec.Command("go", "list", "-f", "{{.Dir}}", c.Package).Output()
		if err != nil {
			t.Fatalf("cannot find package %s: %v", c.Package, err)
		}
		original := filepath.Join(strings.TrimSpace(string(home)), c.File)
		replace[original] = filepath.Join(dir, name+"-"+c.File)
		if err := os.WriteFile(replace[original], []byte(c.applied(t, original)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file, program := filepath.Join(dir, name+".json"), filepath.Join(dir, "vns3-"+name)
	if err := os.WriteFile(file, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", "build", "-overlay", file, "-o", program, "vns3").CombinedOutput(); err != nil {
		t.Fatalf("cannot build the variant %q of the program: %v\n%s", name, err, out)
	}
	if variants.built == nil {
		variants.built = map[string]string{}
	}
	variants.built[name] = program
	return program
}

func (c Change) applied(t T, path string) string {
	t.Helper()
	if c.Old == "" {
		return c.New
	}
	source, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), c.Old) != 1 {
		t.Fatalf("%s does not say once: %s", path, c.Old)
	}
	return strings.Replace(string(source), c.Old, c.New, 1)
}

// shiftVariable names the file that shifts the wall clock of a machine with a clock of its own.
const shiftVariable = "VNS3_LAB_CLOCK"

// ownClock makes time.Now add what stands in a file, in seconds. Timers and what is measured stay true.
var ownClock = []Change{
	{"time", "time.go", "sec, nsec, mono := runtimeNow()\n\tif mono == 0 {", "sec, nsec, mono := runtimeNow()\n\tsec += labShift()\n\tif mono == 0 {"},
	{"time", "lab.go", "", `package time

import (
	"sync/atomic"
	"syscall"
	"unsafe"
)

var labFile = mapLabFile()

func mapLabFile() *int64 {
	path, ok := syscall.Getenv("` + shiftVariable + `")
	if !ok {
		return nil
	}
	fd, err := syscall.Open(path, syscall.O_RDONLY, 0)
	if err != nil {
		panic("time: cannot open the clock's file: " + err.Error())
	}
	memory, err := syscall.Mmap(fd, 0, 8, syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		panic("time: cannot map the clock's file: " + err.Error())
	}
	return (*int64)(unsafe.Pointer(&memory[0]))
}

func labShift() int64 {
	if labFile == nil {
		return 0
	}
	return atomic.LoadInt64(labFile)
}
`},
}

// OwnClock gives the machine a wall clock of its own, which is right at first. Call it before Start.
func (m *Machine) OwnClock() {
	m.t.Helper()
	m.Program = Variant(m.t, "clock", ownClock...)
	m.Prefix = []string{"env", shiftVariable + "=" + m.clockFile()}
	m.SetClock(0)
}

// SetClock makes the machine's own wall clock wrong by so much: whole seconds.
func (m *Machine) SetClock(ahead time.Duration) {
	m.t.Helper()
	file, err := os.OpenFile(m.clockFile(), os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		m.t.Fatal(err)
	}
	defer file.Close()
	// In place: the running program has the file mapped.
	if _, err := file.WriteAt(binary.NativeEndian.AppendUint64(nil, uint64(int64(ahead/time.Second))), 0); err != nil {
		m.t.Fatal(err)
	}
}

func (m *Machine) clockFile() string { return filepath.Join(m.Dir, "clock") }
