// Command vns3 is a peering-mesh controller: the engine and the console over it.
package main

import (
	"os"

	"vns3/commands"
)

// version is set by the build: -ldflags "-X main.version=1.2.3".
var version string

func main() { os.Exit(commands.Main(version)) }
