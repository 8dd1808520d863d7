package api

import (
	"net/http"
	"regexp"

	"vns3/control"
)

// formats are the clientpack files there are, by the names that clients use.
var formats = map[string]string{"conf": "conf", "zip": "zip", "tar.gz": "tar.gz", "tarball": "tar.gz"}

// getPackFile is GET /clientpack?name=&fileformat= and GET /clientpack/{name}.
func getPackFile(c *call) (any, error) {
	name := c.args.text("name") + c.args.text("clientpack_name")
	p, err := packNamed(c.snap, name)
	if err != nil {
		return nil, err
	}
	format, ok := formats[orElse(c.args.text("fileformat"), "conf")]
	if !ok {
		return nil, invalid("fileformat must be conf, zip, tar.gz or tarball")
	}
	file, err := do[control.PackFile](c, control.PackExport{Name: p.Name, Format: format})
	return download(file), err
}

var tagKey = regexp.MustCompile(`^[A-Za-z0-9_-]{1,128}$`)

const maxTagValue = 1024

func postTag(c *call) (any, error) {
	if len(c.args.text("value")) > maxTagValue || c.args.text("value") == "" {
		return nil, invalid("bad tag value: 1 to %s characters", thousands(maxTagValue))
	}
	return setTag(c, c.args.text("value"))
}

func deleteTag(c *call) (any, error) { return setTag(c, "") }

// setTag sets a tag, or removes it where the value is empty.
func setTag(c *call, value string) (any, error) {
	p, err := packNamed(c.snap, c.args.text("clientpack_name"))
	if err != nil {
		return nil, err
	}
	key := c.args.text("key")
	if !tagKey.MatchString(key) {
		return nil, invalid("bad tag key: %.128s", key)
	}
	if _, err := do[control.Nothing](c, control.PackSet{Name: p.Name, Tags: map[string]string{key: value}}); err != nil {
		return nil, err
	}
	p, err = packNamed(c.snap, p.Name)
	return clientpackTags{p.Name, p.Tags}, err
}

// clientDisconnected is the reply of both calls that end a client's session.
type clientDisconnected struct {
	Disconnecting string `json:"disconnecting"` // name of the clientpack
	Overlay       string `json:"overlay_ipaddress"`
}

type clientsReset struct {
	Resetting []string `json:"resetting"` // overlay addresses
}

// disconnectClient is PUT /clientpack/{name} and POST /client/reset.
func disconnectClient(c *call) (any, error) {
	if !c.args.bool("disconnect", true) {
		return nil, fail(http.StatusBadRequest, argument, nothingToDo)
	}
	p, err := packNamed(c.snap, c.args.text("clientpack_name")+c.args.text("name"))
	if err != nil {
		return nil, err
	}
	if !p.Connected {
		return nil, invalid("Overlay IP address %s is not connected", p.Overlay)
	}
	_, err = do[control.Nothing](c, control.ClientDisconnect{Name: p.Name})
	return clientDisconnected{p.Name, p.Overlay}, err
}

func resetClients(c *call) (any, error) {
	reply := clientsReset{Resetting: []string{}}
	for _, p := range packs(c.snap) {
		if p.Connected {
			reply.Resetting = append(reply.Resetting, p.Overlay)
		}
	}
	_, err := do[control.Nothing](c, control.ClientDisconnect{All: true})
	return reply, err
}
