package view

import (
	"cmp"
	"fmt"
	"strings"

	"vns3/status"
	"vns3/status/figures"
)

// Status is a controller at a glance: what is wrong first, each with its remedy.
func Status(s *status.Snapshot) string {
	var b strings.Builder
	b.WriteString(headline(s) + "\n")
	for _, w := range s.Warnings {
		b.WriteString(Hang(severityGlyph(w.Severity)+" ", cmp.Or(w.Text, w.Title)))
		if w.Remedy != "" {
			b.WriteString(Hang("  do: ", w.Remedy))
		}
	}
	b.WriteString("\nCONTROLLER\n")
	fields(&b, controllerFields(s)...)
	b.WriteString("\nPEERS\n")
	b.WriteString(peers(s))
	if s.Controller.KeysetPresent {
		b.WriteString("\nCLIENTS\n")
		b.WriteString(clientSummary(s))
	}
	b.WriteString("\nSYSTEM\n")
	fields(&b, systemFields(s)...)
	if running := runningTasks(s); running != "" {
		b.WriteString("\nTASKS\n" + running)
	}
	return b.String()
}

// headline is the one line that says how things are.
func headline(s *status.Snapshot) string {
	c := s.Controller
	name := orDash(c.Name)
	switch {
	case !c.KeysetPresent:
		return none + " " + name + ": no keyset yet"
	case c.ID == 0:
		return none + " " + name + ": not peered yet, no row says \"this instance\""
	}
	set, up := 0, 0
	for _, p := range s.Peers {
		if p.Self || p.State == status.NotSet {
			continue
		}
		set++
		if p.Reachable {
			up++
		}
	}
	who := fmt.Sprintf("#%d %s", c.ID, name)
	switch {
	case set == 0:
		return good + " " + who + ": single controller, no peers"
	case up == set:
		return fmt.Sprintf("%s %s: %s up", good, who, allOf(up, "peer"))
	case up == 0:
		return fmt.Sprintf("%s %s: no peer is up, %d set", bad, who, set)
	default:
		return fmt.Sprintf("%s %s: %d of %d peers up", doubtful, who, up, set)
	}
}

func allOf(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return "all " + figures.Count(n, noun)
}

func controllerFields(s *status.Snapshot) [][2]string {
	c := s.Controller
	version := fmt.Sprintf("vns3 %s, %s, up %s", c.Version, c.Mode, figures.Since(s.At, c.StartedAt))
	if c.StartedAt.IsZero() {
		version = "no engine runs"
	}
	if c.Draining {
		version += ", draining"
	}
	identity := strings.TrimPrefix(c.Name+", no ID yet", ", ")
	if c.ID != 0 {
		identity = strings.TrimSpace(fmt.Sprintf("#%d %s", c.ID, c.Name))
	}
	return [][2]string{
		{"identity", identity},
		{"engine", version},
		{"topology", c.TopologyName},
		{"overlay", overlayText(c)},
		{"addresses", addresses(c)},
		{"license", LicenseLine(c.License)},
		{"checksum", checksum(s)},
		{"file", fileText(s.Config)},
	}
}

func overlayText(c status.Controller) string {
	if c.OverlayAddress == "" {
		return ""
	}
	text := c.OverlayAddress + ", VIP " + c.VIP
	if c.Interface != "" {
		text += ", interface " + c.Interface
	}
	return text
}

func addresses(c status.Controller) string {
	var known []string
	for _, a := range [][2]string{{"listen", c.Listen}, {"private", c.PrivateAddress}, {"public", c.PublicAddress}} {
		if a[1] != "" {
			known = append(known, a[0]+" "+a[1])
		}
	}
	return strings.Join(known, ", ")
}

// LicenseLine is what the license allows, in a line.
func LicenseLine(l status.License) string {
	if !l.Licensed {
		return "none"
	}
	text := figures.Count(l.Controllers, "controller") + ", " + figures.Count(l.Clientpacks, "clientpack")
	if l.Community {
		text += ", community"
	}
	switch {
	case l.Expired:
		text += ", EXPIRED " + l.Expires.Format("2006-01-02")
	case !l.Expires.IsZero():
		text += ", until " + l.Expires.Format("2006-01-02")
	}
	if !l.Finalized {
		text += ", parameters not set yet"
	}
	return text
}

// checksum is the topology checksum, never cut, and who has the same one: compared by the machines.
func checksum(s *status.Snapshot) string {
	if s.Controller.TopologyChecksum == "" {
		return "none: no keyset"
	}
	var equal, differ []int
	for _, p := range s.Peers {
		switch {
		case p.ChecksumEqual == nil:
		case *p.ChecksumEqual:
			equal = append(equal, p.ID)
		default:
			differ = append(differ, p.ID)
		}
	}
	text := s.Controller.TopologyChecksum
	if len(equal) > 0 {
		text += "\nequal on " + figures.IDs(equal, " ")
	}
	if len(differ) > 0 {
		text += "\n" + bad + " DIFFERS on " + figures.IDs(differ, " ")
	}
	return text
}

func fileText(c status.Config) string {
	switch {
	case c.Error != "":
		return c.Path + "\n" + bad + " not in use: " + c.Error
	case c.Defaults:
		return c.Path + " (not there: built-in defaults)"
	default:
		return c.Path
	}
}

func systemFields(s *status.Snapshot) [][2]string {
	y := s.System
	if y.CPUs == 0 {
		return [][2]string{{"machine", "not looked at: no engine runs"}}
	}
	machine := fmt.Sprintf("%s, up %s, load %.2f on %s, memory %s of %s", y.Hostname, figures.Span(seconds(y.UptimeS)), y.Load[0],
		figures.Count(y.CPUs, "core"), figures.Bytes(y.MemoryUsed), figures.Bytes(y.MemoryTotal))
	if y.DiskTotal > 0 {
		machine += fmt.Sprintf(", disk %d%%", y.DiskUsed*100/y.DiskTotal)
	}
	return [][2]string{
		{"machine", machine},
		{"engine", fmt.Sprintf("cpu %.1f%% of a core, memory %s, clock %+.0f ms", y.EngineCPU, figures.Bytes(y.EngineRSS), y.ClockOffset)},
		{"ports", fmt.Sprintf("UDP %s, API %s", orDash(y.UDPPorts), orDash(y.APIListening))},
	}
}

func runningTasks(s *status.Snapshot) string {
	var b strings.Builder
	for _, t := range s.Tasks {
		if t.State != status.Running && t.State != status.Waiting {
			continue
		}
		fmt.Fprintf(&b, "  %d  %s, since %s", t.ID, t.Title, figures.Since(s.At, t.StartedAt))
		for _, step := range t.Steps {
			if step.State == status.Running {
				b.WriteString(": " + step.Text)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}
