package peering

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"vns3/tui/component/dialog"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// ports is what every administrator of a mesh must know; the documents say it in the same words.
const ports = "Peers need UDP 1195–1203 open both ways, on this host and in the cloud; those rules are yours. " +
	"Firewall rules added on one controller are not synced to the others. " +
	"Save here changes this controller only; do it on each."

// advice stands below the table.
func (p *Page) advice() []string {
	return append([]string{""}, append(p.portLines(ports, p.width), p.firewallLines(p.width)...)...)
}

// shortAdvice is advice in one line, for a screen that has no room; the key leads to the whole.
func (p *Page) shortAdvice() []string {
	words := "UDP 1195–1203 both ways: rules are yours, not synced"
	if lines := p.portLines(words, p.width); len(lines) == 1 {
		return lines
	}
	return nil
}

func (p *Page) portLines(words string, width int) []string {
	t := p.page.Theme
	if bound := p.page.Snapshot.System.UDPPorts; bound != "" && bound != "ok" {
		words = "On this host: " + bound + ". " + words
	}
	var lines []string
	for _, line := range text.Wrap(words, width-1) {
		lines = append(lines, " "+t.Dim.Render(line))
	}
	return lines
}

// firewallLines say what this host's own nftables rules do with the ports: those that pass in one
// line, and each that does not, or may not, with the rule that stops it.
func (p *Page) firewallLines(width int) []string {
	t, f := p.page.Theme, p.page.Snapshot.System.Firewall
	if f.Problem != "" {
		return text.Hang(" "+t.Dim.Render(t.Glyph.Waiting)+" ", "This host's firewall could not be read: "+f.Problem+".", width)
	}
	var open, lines []string
	for _, port := range f.Ports {
		sign := t.Dim.Render(t.Glyph.Waiting)
		switch port.Verdict {
		case "ok":
			open = append(open, port.Port)
			continue
		case "error":
			sign = t.Bad.Render(t.Glyph.Down)
		case "warning":
			sign = t.Warn.Render(t.Glyph.Warning)
		}
		lines = append(lines, text.Hang(" "+sign+" ", text.Sentence(port.Text)+".", width)...)
	}
	if len(open) > 0 {
		words := "This host lets in " + portsNamed(open) + "."
		lines = append(text.Hang(" "+t.Good.Render(t.Glyph.OK)+" ", words, width), lines...)
	}
	return lines
}

// portsNamed names ports in few words: "UDP 1194, 1196–1203, TCP 8000".
func portsNamed(ports []string) string {
	numbers := map[string][]int{}
	for _, port := range ports {
		var protocol string
		var number int
		if n, _ := fmt.Sscan(port, &protocol, &number); n == 2 {
			numbers[protocol] = append(numbers[protocol], number)
		}
	}
	var words []string
	for _, protocol := range slices.Sorted(maps.Keys(numbers)) {
		slices.Sort(numbers[protocol])
		words = append(words, protocol+" "+strings.Join(ranges(numbers[protocol]), ", "))
	}
	slices.Reverse(words) // UDP is what tunnels need
	return strings.Join(words, ", ")
}

func ranges(sorted []int) (words []string) {
	for i := 0; i < len(sorted); {
		last := i
		for last+1 < len(sorted) && sorted[last+1] == sorted[last]+1 {
			last++
		}
		switch {
		case last == i:
			words = append(words, fmt.Sprint(sorted[i]))
		default:
			words = append(words, fmt.Sprintf("%d–%d", sorted[i], sorted[last]))
		}
		i = last + 1
	}
	return words
}

// showFirewall shows the whole of it, and the other ports that must be open.
func (p *Page) showFirewall() tea.Cmd {
	return page.Open(dialog.NewLive(p.page, "Firewall", func(width int) []string {
		lines := append(p.portLines(ports, width), "")
		lines = append(lines, p.portLines("TCP 8000 from the other controllers, to fetch the keyset. UDP 1194 from client servers.", width)...)
		return append(append(lines, ""), p.firewallLines(width)...)
	}))
}
