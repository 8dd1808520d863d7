// Package packaging holds the files that make vns3 a service of a machine, as they are installed:
// `vns3 service install` writes them, and so does who builds a package. It does nothing itself.
package packaging

import _ "embed"

// Unit is vns3.service: hardened, and with one capability instead of root.
//
//go:embed vns3.service
var Unit string

// Users is the sysusers.d(5) file that makes the user and group of the service.
//
//go:embed vns3.sysusers
var Users string
