package commands

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// A console that leaves its engine running starts vns3 headless in a session of its own, which takes the
// engine's place. Two pipes keep the order, so that no state is lost and nothing polls:
//
//	descriptor 3  the new process reads it; its end says that the console's engine has stopped
//	descriptor 4  the new process writes lines: it stands by, then it runs, or why it does not
//
// If the console dies meanwhile, the first pipe ends too, and the new process takes over all the same.
const (
	batonVariable = "VNS3_BATON"
	batonFD       = 3
	answerFD      = 4

	standsBy = "stands by"
	runs     = "runs"
)

// handOverTime is how long the new process may take for each of its answers.
const handOverTime = 30 * time.Second

// handOver starts the headless engine, stops this process's own with stop, and returns when the other
// runs. It calls stop only once the other stands by.
func handOver(where place, stop func() error) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("this program cannot be found: %w", err)
	}
	log, err := openLog(where.logFile())
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := exec.Command(program, "headless")
	cmd.Env = append(os.Environ(), batonVariable+"=1", "VNS3_CONFIG="+where.config)
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	baton, answers, err := startWithPipes(cmd)
	if err != nil {
		return fmt.Errorf("the engine that would go on cannot be started: %w", err)
	}
	defer answers.Close()
	go cmd.Wait() // so that it does not stay behind as a zombie if it ends first
	lines := bufio.NewReader(answers)
	if err := expect(answers, lines, standsBy); err != nil {
		baton.Close()
		return fmt.Errorf("the engine that would go on does not start, see %s: %w", where.logFile(), err)
	}
	err = stop()
	baton.Close()
	if err := errors.Join(err, expect(answers, lines, runs)); err != nil {
		return fmt.Errorf("the engine that would go on does not run, see %s: %w", where.logFile(), err)
	}
	return nil
}

// startWithPipes starts cmd with descriptors 3 and 4, and returns the other ends.
func startWithPipes(cmd *exec.Cmd) (baton, answers *os.File, err error) {
	theirs, baton, err := os.Pipe()
	if err != nil {
		return nil, nil, err
	}
	defer theirs.Close()
	answers, answer, err := os.Pipe()
	if err != nil {
		baton.Close()
		return nil, nil, err
	}
	defer answer.Close()
	cmd.ExtraFiles = []*os.File{theirs, answer}
	if err := cmd.Start(); err != nil {
		baton.Close()
		answers.Close()
		return nil, nil, err
	}
	return baton, answers, nil
}

func expect(answers *os.File, lines *bufio.Reader, want string) error {
	answers.SetReadDeadline(time.Now().Add(handOverTime))
	line, err := lines.ReadString('\n')
	switch line = strings.TrimSpace(line); {
	case line == want:
		return nil
	case line != "":
		return errors.New(line)
	case errors.Is(err, io.EOF):
		return errors.New("it ended without a word")
	default:
		return err
	}
}

// baton is the new process's side of a hand-over.
type baton struct{ answer *os.File }

// takeBaton waits until the engine before this one has stopped, if this process was started to take over
// from it. The baton is nil otherwise.
func takeBaton() *baton {
	if os.Getenv(batonVariable) == "" {
		return nil
	}
	os.Unsetenv(batonVariable)
	before, answer := os.NewFile(batonFD, "baton"), os.NewFile(answerFD, "answer")
	fmt.Fprintln(answer, standsBy)
	io.Copy(io.Discard, before)
	before.Close()
	return &baton{answer}
}

// tell says that the engine runs, or why it does not.
func (b *baton) tell(err error) {
	if b == nil {
		return
	}
	text := runs
	if err != nil {
		text = strings.ReplaceAll(err.Error(), "\n", "; ")
	}
	fmt.Fprintln(b.answer, text)
	b.answer.Close()
}
