// Package license is the license of a topology: who may have how many controllers and clientpacks, until
// when, in which overlay. It reads, issues and keeps license texts; it never ends a tunnel: what is
// refused without a valid license is for the engine to decide.
//
// # Format
//
// A license is a signed note (golang.org/x/mod/sumdb/note): lines of text, an empty line, and one Ed25519
// signature. Lines are "key: value", each key at most once except controller and clients, in any order
// after the first line. Unknown keys are refused.
//
//	vns3 license 1                          format and version, always the first line
//	topology: Acme overlay                  name of the topology
//	controllers: 4                          1 to 9
//	clientpacks: 50                         0 to 65000
//	expires: 2027-11-23T00:00:00Z           RFC 3339 in UTC, or "never"
//	subnet: 172.31.1.0/24                   overlay subnet, IPv4
//	verifier: acme+c74f20a3+ARpc2QcUPD…     the signer's public key, as note writes it
//
// Without further lines the addresses are those of overlay.Default. A license with addresses of its own
// gives all of them:
//
//	vip: 172.31.1.254
//	controller: 1 172.31.1.253 65001        ID, overlay address, ASN; one line for each controller
//	clients: 172.31.1.1-172.31.1.50         a range or one address; in order of index, any number of lines
//
// The verifier stands in the text so that a license can be checked for damage by anyone, and pinned by a
// controller that trusts nobody yet. Whether its signer is trusted is another question. The community
// license has neither verifier nor signature: it is recognised as one exact text.
package license

import (
	"crypto/sha1"
	"encoding/hex"
	"net/netip"
	"time"

	"vns3/overlay"
)

// MaxClientpacks is the most clientpacks that a license may allow.
const MaxClientpacks = 65000

// MaxSize is the longest license text, in bytes.
const MaxSize = 1 << 20

// License is a license that was read and whose signature is whole.
type License struct {
	Terms
	Signer    string // name of the signer; for the built-in license CommunityName
	Verifier  string // the signer's public key, as note writes it; empty for the built-in license
	SHA1      string // of Text, 40 hexadecimal digits
	Text      string // as installed, with line feeds only
	Community bool   // the built-in license
}

// Terms are what a license says.
type Terms struct {
	Topology    string
	Controllers int
	Clientpacks int
	Expires     time.Time // zero: never
	Subnet      netip.Prefix
	Default     overlay.Parameters // in use until others are set; Issue makes them where there are none
}

// Expired reports whether the license has run out.
func (t Terms) Expired(now time.Time) bool { return !t.Expires.IsZero() && !now.Before(t.Expires) }

func sha1Hex(text string) string {
	sum := sha1.Sum([]byte(text))
	return hex.EncodeToString(sum[:])
}
