//go:build linux

// Command bench measures vns3 side by side with other programs that carry packets between machines.
//
// Each program gets machines of its own: network namespaces joined by veth pairs, from which nothing
// gets out. The load takes turns among the programs, in several rounds, so that what else the machine
// does meets all of them. It prints medians with ranges, and the ratio of vns3 to each other of the
// same round.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"vns3/internal/lab"
)

const usage = `usage: go run ./bench [flags]

Measures vns3 beside wireguard-go, nebula, openvpn and tinc, on network namespaces
that it makes and removes. It needs root. Nothing leaves the namespaces.

  go run ./bench                                  everything: about an hour
  go run ./bench -short                           a look at all of it: two minutes
  go run ./bench -only direct -peers wireguard-go one comparison
  go run ./bench -costs                           what vns3 costs when little happens
  go run ./bench -path                            vns3 over a path of 1,400 bytes
  go run ./bench -health                          vns3's links while more is sent than fits

Flags:
`

// options are what the command line says.
type options struct {
	rounds  int
	seconds float64
	only    string
	peers   string
	offload string
	loads   string
	short   bool
	costs   bool
	path    bool
	health  bool
	profile string
	other   string
}

// tools is where built programs lie during the run.
var tools string

func main() {
	var o options
	flag.Usage = func() { fmt.Fprint(flag.CommandLine.Output(), usage); flag.PrintDefaults() }
	flag.IntVar(&o.rounds, "rounds", 5, "rounds in which each program has its turn")
	flag.Float64Var(&o.seconds, "seconds", 3, "length of each load at full speed; a step in the search for a rate takes a fifth")
	flag.StringVar(&o.only, "only", strings.Join(shapeNames[:], ","), "shapes, separated by commas")
	flag.StringVar(&o.peers, "peers", "wireguard-go,nebula,openvpn,tinc,veth", "programs beside vns3, separated by commas")
	flag.StringVar(&o.offload, "offload", "on,off", "offloads of the underlay")
	flag.StringVar(&o.loads, "loads", "rtt,tcp,udp,rate", "loads: round trips, TCP, UDP floods, search for rates")
	flag.BoolVar(&o.short, "short", false, "one round of short loads, without the search for rates")
	flag.BoolVar(&o.costs, "costs", false, "measure idle time, memory, start and route changes of vns3 instead")
	flag.BoolVar(&o.path, "path", false, "measure vns3 over a path of 1,400 bytes instead")
	flag.BoolVar(&o.health, "health", false, "measure the health of vns3's links under saturating loads instead")
	flag.StringVar(&o.profile, "profile", "", "write processor profiles of vns3 into this `directory`")
	flag.StringVar(&o.other, "other", "", "compare with other builds of vns3 too: their `programs`, separated by commas")
	flag.Parse()
	if err := o.check(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := o.run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func (o *options) check() error {
	if flag.NArg() > 0 {
		return fmt.Errorf("unknown argument %q: see -help", flag.Arg(0))
	}
	if o.rounds < 1 || o.seconds <= 0 {
		return fmt.Errorf("-rounds and -seconds must be more than zero")
	}
	if o.short {
		o.rounds, o.seconds, o.loads = 1, 0.4, "rtt,tcp,udp"
	}
	for _, only := range strings.Split(o.only, ",") {
		if !slices.Contains(shapeNames[:], only) {
			return fmt.Errorf("-only: no shape %q: there are %s", only, strings.Join(shapeNames[:], ", "))
		}
	}
	for _, offload := range strings.Split(o.offload, ",") {
		if offload != "on" && offload != "off" {
			return fmt.Errorf("-offload: %q is neither on nor off", offload)
		}
	}
	_, err := o.systems()
	return err
}

// systems are those that were asked for, vns3 first.
func (o *options) systems() ([]system, error) {
	chosen, err := named(append(strings.Split(o.peers, ","), vns3.name))
	for program := range strings.SplitSeq(o.other, ",") {
		if program != "" {
			chosen = append(chosen, otherBuild(program))
		}
	}
	return chosen, err
}

func (o *options) load() load {
	return load{
		kinds: strings.Split(o.loads, ","),
		each:  time.Duration(o.seconds * float64(time.Second)),
		step:  time.Duration(o.seconds / 5 * float64(time.Second)),
	}
}

// run builds what is needed and measures.
func (o *options) run() error {
	if os.Geteuid() != 0 {
		return fmt.Errorf("network namespaces need root: run it as root, or in `unshare -Urn`")
	}
	var err error
	if tools, err = os.MkdirTemp("", "vns3-bench-tools"); err != nil {
		return err
	}
	defer os.RemoveAll(tools)
	defer lab.Clear()
	if err := lab.Build(); err != nil {
		return err
	}
	fmt.Printf("# vns3 beside others\n\n%s, %d processors, %s, Linux %s\n", time.Now().Format(time.DateTime), runtime.NumCPU(), runtime.Version(), kernel())

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	quiet := startWatch()
	for _, alone := range []struct {
		name   string
		chosen bool
		run    func(*lab.Scope, *options, io.Writer)
	}{{"costs", o.costs, costs}, {"path", o.path, narrowPath}, {"health", o.health, healthUnderLoad}} {
		if alone.chosen {
			err := lab.Within(ctx, alone.name, func(s *lab.Scope) { alone.run(s, o, os.Stdout) })
			quiet.report(os.Stdout, nil)
			return err
		}
	}
	chosen, err := o.systems()
	if err != nil {
		return err
	}
	fmt.Println(versions(chosen))
	var all []*results
	for i, name := range shapeNames {
		if !slices.Contains(strings.Split(o.only, ","), name) {
			continue
		}
		c := o.newComparison(shape(i))
		err = c.start(ctx, c.chosen)
		if ctx.Err() != nil {
			return errors.New("interrupted: all that was started is gone")
		}
		for _, r := range c.results {
			r.print(os.Stdout)
			all = append(all, r)
		}
		if err != nil {
			return err
		}
	}
	quiet.report(os.Stdout, all)
	return nil
}

// startProfile records where vns3 spends its time, with perf, until the returned function is called.
func (o *options) startProfile(b *bed, system string, r *results) func() {
	if o.profile == "" || system != vns3.name {
		return func() {}
	}
	pids := strings.Trim(strings.ReplaceAll(fmt.Sprint(b.pids()), " ", ","), "[]")
	file := fmt.Sprintf("%s/%s-%v.perf", o.profile, r.shape, r.offload)
	cmd := exec.Command("perf", "record", "-q", "-g", "-o", file, "-p", pids)
	if err := cmd.Start(); err != nil {
		b.Fatalf("cannot profile: %v: install perf, or leave out -profile", err)
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt) // perf then writes its file
		_ = cmd.Wait()
	}
}

func progress(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

// kernel is its release.
func kernel() string {
	raw, _ := os.ReadFile("/proc/sys/kernel/osrelease") // Linux has it always
	return strings.TrimSpace(string(raw))
}
