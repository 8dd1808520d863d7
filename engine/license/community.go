package license

import "strings"

// CommunityName stands as topology and signer of the built-in license.
const CommunityName = "community"

// communityText is the built-in license. Controllers know it by its exact text: never change it, add another.
const communityText = `vns3 license 1
topology: community
controllers: 9
clientpacks: 1000
expires: never
subnet: 100.127.252.0/22
`

// Community returns the built-in license: nine controllers from 100.127.255.253 down, 1,000 clientpacks
// from 100.127.252.1 up, VIP 100.127.255.254, for any topology, for ever.
func Community() License {
	body, err := readBody(strings.TrimSuffix(communityText, "\n"))
	if err == nil {
		err = body.check()
	}
	if err != nil {
		panic("license: the built-in license is wrong: " + err.Error())
	}
	return License{Terms: body.Terms, Signer: CommunityName, SHA1: sha1Hex(communityText), Text: communityText, Community: true}
}
