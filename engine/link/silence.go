package link

import "time"

const (
	echoes      = 5 // three would make one run in eleven reroute at 5 % loss
	echoSpacing = 12 * time.Millisecond
	jitters     = 4 // of the measured jitter are no silence
	// maxPatience bounds what a measured jitter or RTT may add: it must not hide a dead link.
	maxPatience = time.Second
)

// silence decides when a link is Suspect: any packet is evidence of life, echoes ask before judging.
type silence struct {
	heard   time.Time // newest evidence, or the end of a time in which we could not listen
	asked   int       // echoes sent since; 0: not asking
	next    time.Time // next echo, or after the last one the verdict
	suspect bool
	recover time.Time // suspect: when it ends if evidence goes on coming; zero: none came
}

// pace is what silence is measured with now.
type pace struct {
	suspectAfter time.Duration
	jitter, rtt  time.Duration
}

// patience returns how much longer than suspectAfter a link may be silent.
func (p pace) patience() time.Duration { return min(jitters*p.jitter, maxPatience, p.suspectAfter) }

// answerTime returns how long the last echo's answer may take.
func (p pace) answerTime() time.Duration {
	return echoSpacing + min(p.rtt+jitters*p.jitter, maxPatience)
}

// begin starts listening, at Up.
func (s *silence) begin(now time.Time) { *s = silence{heard: now} }

// evidence takes a packet that came at the time at. The same packet may be told of again and again.
func (s *silence) evidence(at time.Time, p pace) {
	if !at.After(s.heard) {
		return
	}
	s.heard, s.asked = at, 0
	if s.suspect && s.recover.IsZero() {
		s.recover = at.Add(p.suspectAfter)
	}
}

// verdict is what silence.run found.
type verdict uint8

const (
	unchanged verdict = iota
	ask               // send an echo
	suspected
	recovered
)

// run does what is due.
func (s *silence) run(p pace, now time.Time) verdict {
	switch {
	case now.Before(s.deadline(p)):
		return unchanged
	case s.asked == 0 && !s.recover.IsZero() && !now.Before(s.recover):
		s.suspect, s.recover = false, time.Time{}
		return recovered
	case s.asked < echoes:
		s.asked++
		s.recover = time.Time{}
		s.next = now.Add(echoSpacing)
		if s.asked == echoes {
			s.next = now.Add(p.answerTime())
		}
		return ask
	case s.suspect: // asked again and again silent
		s.asked, s.heard = 0, now
		return unchanged
	}
	s.asked, s.heard, s.suspect = 0, now, true
	return suspected
}

// deadline returns when run has something to do.
func (s *silence) deadline(p pace) time.Time {
	if s.asked > 0 {
		return s.next
	}
	quiet := s.heard.Add(p.suspectAfter + p.patience())
	if !s.recover.IsZero() && s.recover.Before(quiet) {
		return s.recover
	}
	return quiet
}
