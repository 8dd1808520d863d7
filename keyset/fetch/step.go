package fetch

import "time"

// Stage is a part of a fetch, in the order in which they come.
type Stage uint8

// The stages. What follows, writing and comparing checksums, is the engine's.
const (
	Reach Stage = iota
	Identify
	Prepare
	Prove
	Receive
)

// Stages are all stages in their order.
var Stages = []Stage{Reach, Identify, Prepare, Prove, Receive}

var stageTexts = [...]string{
	Reach:    "reach the source",
	Identify: "see what it is",
	Prepare:  "prepare the token",
	Prove:    "prove the token",
	Receive:  "receive and verify keys, license, parameters",
}

// String is what is done in the stage: "prove the token".
func (s Stage) String() string { return stageTexts[s] }

// Step is the progress of a stage: it began, or it is done.
type Step struct {
	Stage Stage
	Done  bool
	Text  string        // "proving the token to controller 1", then what was found
	Took  time.Duration // of a stage that is done
}
