// Command docs writes the chapters that are made from the code: the troubleshooting chapter from the
// registry of warnings, the configuration reference from the schema, the API and metrics from their
// descriptions. A test fails where a chapter on disk says something else than the code.
//
//	go run ./docs
package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vns3/control"
	"vns3/engine/api"
	"vns3/engine/config"
	"vns3/status"
)

func main() {
	for name, text := range chapters() {
		if err := os.WriteFile(filepath.Join("docs", name), []byte(text), 0o644); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

const made = "<!-- made by `go run ./docs`: change the code instead -->\n\n"

// chapters are the generated chapters by file name.
func chapters() map[string]string {
	return map[string]string{
		"troubleshooting.md": made + troubleshooting + status.Handbook(),
		"configuration.md":   made + config.Reference(),
		"api.md":             made + apiChapter(),
	}
}

const troubleshooting = `# Troubleshooting

` + "`vns3 check`" + ` asks the doctor: what works and what does not, per peer and per client, verdict and remedy
first. ` + "`vns3 status`" + ` shows the same warnings, as do the console and the API. Each has a code, and this
chapter has an entry for each code.

| symptom | look at |
|---|---|
| a peer never comes up | its checks: name, port, keyset, ID, peered, clock, version, in this order |
| the fetch fails | the reason that ` + "`vns3 keyset fetch`" + ` prints; Events on the source |
| traffic takes another way | ` + "`vns3 mesh`" + `: the link that is down or lossy, and the path in use |
| big packets hang | the MTU column; the path MTU is found and used by itself |
| a client server is not connected | its reason in ` + "`vns3 clientpack list`" + ` |

## Warnings

`

// apiChapter lists paths and actions.
func apiChapter() string {
	var b strings.Builder
	b.WriteString("# API\n\nThe VNS3 paths are served on HTTPS, TCP 8000, as `https://HOST:8000/api`: HTTP Basic with the user `api`, or the\n" +
		"header `Api-Token`. The OpenAPI description is at `/api/openapi.json`. The same paths are served on the local\nsocket without a password: `curl --unix-socket SOCKET http://vns3/api/status`.\n\n")
	b.WriteString("## Actions\n\nEverything that can be asked of a controller: `POST /local/do/ACTION` with the arguments as JSON, over the local\n" +
		"socket or HTTPS; `vns3 ACTION` on the command line. `GET /local/snapshot` is what can be seen, `GET /local/stream`\nfollows it, `GET /local/events?after=N` what happened.\n\n| action | what it does |\n|---|---|\n")
	for _, a := range control.Actions() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", a.Name, a.Short)
	}
	b.WriteString("\n## Metrics\n\nPrometheus reads `/metrics` over the local socket, or over HTTPS with the API's credentials.\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
	for _, m := range api.Metrics() {
		fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", m.Name, m.Type, strings.Join(m.Labels, ", "), m.Help)
	}
	b.WriteString("\n## VNS3 paths\n\n| path | methods |\n|---|---|\n")
	b.WriteString(paths())
	b.WriteString(differences)
	return b.String()
}

// differences are what a client of the product may wonder about.
const differences = `
## What differs from the product

- ` + "`PUT /api/admin_ui`" + ` sets a second user of this API: there is no other web page to log in to. It is called
  ` + "`vnscubed`" + ` and closed until it has a password. The password of the user ` + "`api`" + ` is that of ` + "`PUT /api/api_password`" + `.
- A restart is one of the listener on TCP 8000 only: tunnels, console and local socket go on.
- ` + "`security_token`" + ` is never answered. Neither are ` + "`ovpn_sha1`" + `, ` + "`tunnel`" + ` and ` + "`traffic_pair`" + `: there is neither OpenVPN nor IPsec.
- The checksums of a clientpack's files stand in ` + "`GET /api/clientpacks/NAME`" + `, not in the list.
- An argument that a call does not know is refused by name.
`

// paths are those of the OpenAPI description, in order.
func paths() string {
	described := api.Description()["paths"].(map[string]any)
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(described)) {
		operations := described[name].(map[string]any)
		methods := slices.DeleteFunc(slices.Sorted(maps.Keys(operations)), func(m string) bool { return m == "parameters" })
		fmt.Fprintf(&b, "| `%s` | %s |\n", name, strings.ToUpper(strings.Join(methods, ", ")))
	}
	return b.String()
}
