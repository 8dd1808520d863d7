package demo

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"strings"
)

// profile is a clientpack as a WireGuard device takes it.
type profile struct {
	address netip.Addr // in the overlay
	device  string     // its configuration, in the protocol of the device
}

// readProfile reads the wg-quick configuration of a clientpack, as any WireGuard program would.
func readProfile(text string) (profile, error) {
	var p profile
	var b strings.Builder
	for number, line := range strings.Split(text, "\n") {
		line, _, _ = strings.Cut(line, "#")
		name, value, ok := strings.Cut(line, "=")
		name, value = strings.TrimSpace(name), strings.TrimSpace(value)
		if !ok {
			if name != "" && name != "[Interface]" && name != "[Peer]" {
				return p, fmt.Errorf("line %d of the clientpack is neither a section nor a value: %q", number+1, line)
			}
			continue
		}
		if err := p.set(&b, name, value); err != nil {
			return p, fmt.Errorf("line %d of the clientpack: %s: %w", number+1, name, err)
		}
	}
	p.device = b.String()
	return p, nil
}

// deviceName are the keys of a clientpack that a device knows by another name.
var deviceName = map[string]string{
	"PrivateKey": "private_key", "PublicKey": "public_key", "PresharedKey": "preshared_key", "AllowedIPs": "allowed_ip",
	"Endpoint": "endpoint", "PersistentKeepalive": "persistent_keepalive_interval",
}

func (p *profile) set(b *strings.Builder, name, value string) error {
	switch name {
	case "Address":
		prefix, err := netip.ParsePrefix(value)
		p.address = prefix.Addr()
		return err
	case "PrivateKey", "PublicKey", "PresharedKey":
		key, err := base64.StdEncoding.DecodeString(value)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "%s=%s\n", deviceName[name], hex.EncodeToString(key))
	case "AllowedIPs":
		for _, prefix := range strings.Split(value, ",") {
			fmt.Fprintf(b, "%s=%s\n", deviceName[name], strings.TrimSpace(prefix))
		}
	case "Endpoint", "PersistentKeepalive":
		fmt.Fprintf(b, "%s=%s\n", deviceName[name], value)
	default:
		return fmt.Errorf("there is no such key")
	}
	return nil
}
