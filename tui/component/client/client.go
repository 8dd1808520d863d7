// Package client draws what is known of a client server and its clientpack, the same wherever it is looked at.
package client

import (
	"fmt"

	"vns3/status"
	"vns3/status/figures"
	"vns3/tui/component/text"
	"vns3/tui/page"
)

// labelWidth is how wide the name of a fact is drawn.
const labelWidth = 12

// Facts are everything that is known of the client with the name, in lines of at most width cells. state says
// how it is: a page of clients and one of clientpacks mean different things by that.
func Facts(c *page.Context, name string, width int, state func(*status.Client) string) []string {
	for i := range c.Snapshot.Clients {
		if client := &c.Snapshot.Clients[i]; client.Name == name {
			return facts(c, client, width, state(client))
		}
	}
	return []string{"This clientpack is no longer there."}
}

func facts(c *page.Context, client *status.Client, width int, state string) []string {
	t, now := c.Theme, c.Now()
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, text.Hang(t.Dim.Render(text.Fit(label, labelWidth)), value, width)...)
		}
	}
	add("state", state)
	add("reason", client.Reason)
	if !client.Enabled || client.Connected && !client.CheckedOut { // else the state says it
		add("handed out", map[bool]string{true: "yes", false: "no"}[client.CheckedOut])
	}
	add("overlay", client.OverlayAddress)
	if client.ControllerID != 0 {
		add("held by", fmt.Sprintf("#%d since %s, %s", client.ControllerID, text.Clock(now, client.Since), figures.Since(now, client.Since)))
	}
	if client.Assigned != 0 {
		add("assigned to", fmt.Sprintf("#%d, by its configuration", client.Assigned))
	}
	add("endpoint", client.Endpoint)
	add("handshake", figures.Since(now, client.LastHandshake))
	add("traffic", fmt.Sprintf("%s sent to it, %s received", figures.Bytes(client.TxBytes), figures.Bytes(client.RxBytes)))
	add("tags", text.Tags(client.Tags))
	if client.Outdated {
		add(t.Warn.Render("outdated"), "Its key, an endpoint or a route changed since it was exported. Export it again (Clientpacks) and replace the file on the client server.")
	}
	return lines
}
