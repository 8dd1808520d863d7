package runtime

import (
	"fmt"

	"charm.land/lipgloss/v2"

	"vns3/status/figures"
	"vns3/tui/component/sparkline"
	"vns3/tui/page"
)

// system draws System Status: the machine, the engine, and what they listen on.
func system(c *page.Context, width int) []string {
	t, s := c.Theme, c.Snapshot.System
	ok := func(said string) (string, lipgloss.Style) {
		if said == "" || said == "ok" {
			return "ok", t.Good
		}
		return said, t.Bad
	}
	udp, udpStyle := ok(s.UDPPorts)
	tcp, tcpStyle := ok(s.APIListening)
	file, fileStyle := configuration(c)
	return flow(t, width,
		pair{label: "load", value: fmt.Sprintf("%.2f", s.Load[0])},
		pair{label: "cpu", value: fmt.Sprintf("%.0f%% ", s.CPUPercent) + sparkline.Scaled(t, s.CPUHistory, 4, 100)},
		pair{label: "mem", value: of(s.MemoryUsed, s.MemoryTotal)},
		pair{label: "disk", value: share(s.DiskUsed, s.DiskTotal)},
		pair{label: "host up", value: uptime(s.UptimeS)},
		pair{label: "UDP 1194–1203", value: udp, style: udpStyle},
		pair{label: "TCP 8000", value: tcp, style: tcpStyle},
		pair{label: "clock", value: fmt.Sprintf("%+.0f ms", s.ClockOffset)},
		pair{label: "engine", value: fmt.Sprintf("%s, %.0f%% cpu", figures.Bytes(s.EngineRSS), s.EngineCPU)},
		pair{label: "file", value: file, style: fileStyle},
	)
}

// configuration says whether the file as it stands is what runs.
func configuration(c *page.Context) (string, lipgloss.Style) {
	t, f := c.Theme, c.Snapshot.Config
	switch {
	case f.Error != "":
		return "refused, see the warning", t.Bad
	case f.Defaults:
		return "none, defaults", t.Text
	case !f.Writable:
		return "applied, read-only", t.Text
	}
	return "applied", t.Text
}

func of(used, total uint64) string {
	if total == 0 {
		return ""
	}
	return figures.Bytes(used) + " of " + figures.Bytes(total)
}

func share(used, total uint64) string {
	if total == 0 {
		return ""
	}
	return fmt.Sprintf("%d%%", used*100/total)
}
