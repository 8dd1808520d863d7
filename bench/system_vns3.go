//go:build linux

package main

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"path/filepath"
	"strings"

	"vns3/control"
	"vns3/internal/lab"
	"vns3/status"
)

// vns3 is the program of this module, with the kernel interface where the load begins or ends at a
// controller, without it in between. Client servers are stock wireguard-go with exported clientpacks.
var vns3 = system{name: "vns3", lacks: anywhere, run: func(b *bed) { runVNS3(b, "") }}

// otherBuild is another build of it, to compare with.
func otherBuild(program string) system {
	return system{name: filepath.Base(program), lacks: anywhere, run: func(b *bed) { runVNS3(b, program) }}
}

// runVNS3 runs a program; empty: that of this module.
func runVNS3(b *bed, program string) *lab.Lab {
	controllers := b.controllers()
	l := startControllers(b, controllers, program)
	if len(controllers) == len(b.machines) {
		setOverlay(b, l)
		return l
	}
	from, to := b.ends()
	attach(from, l.Machines[0], 1)
	attach(to, l.Machines[len(l.Machines)-1], len(l.Machines))
	return l
}

// setOverlay tells the machines, all controllers, their overlay addresses.
func setOverlay(b *bed, l *lab.Lab) {
	for i, m := range b.machines {
		m.overlay = netip.MustParseAddr(l.Machines[i].Status().Controller.OverlayAddress)
	}
}

// startControllers makes them one topology and returns when all links are up.
func startControllers(b *bed, on []*machine, program string) *lab.Lab {
	hosts := make([]lab.Host, len(on))
	for i, m := range on {
		hosts[i] = lab.Host{NS: m.Namespace, Address: m.left}
		if len(on) == 2 && i == 0 { // in a row the second is behind the first
			hosts[i].Address = m.right
		}
	}
	l := lab.On(b, hosts...)
	for i, m := range l.Machines {
		extra := ""
		if len(on) != len(b.machines) {
			outside := on[i].left
			if i > 0 {
				outside = on[i].right
			}
			extra = fmt.Sprintf("[overlay]\ninterface = \"off\"\n[clients]\nendpoint = %q\n", outside)
		}
		m.Program = program
		m.Configure(l.Table(m.ID), extra)
		m.Start()
		on[i].pids = append(on[i].pids, m.PID())
	}
	l.Keys()
	for _, m := range l.Machines {
		m.Until(patience, "all links are up", lab.AllUp(len(on)-1))
	}
	return l
}

// attach makes a machine a client server of a controller.
func attach(m *machine, at *lab.Machine, controller int) {
	pack := assigned(m.bed, at, controller)
	var conf string
	m.bed.until("a clientpack for all controllers", func() bool {
		file, err := ask[control.PackFile](at, control.PackExport{Name: pack, Format: "conf"})
		conf = string(file.Data)
		return err == nil && strings.Contains(conf, "Endpoint")
	})
	w := startWireguard(m)
	p := fromPack(m.bed, conf)
	w.set("%s", p.text)
	m.device(w.name, p.address, wireguardMTU, p.routes...)
}

// assigned hands out clientpacks until one belongs to the controller.
func assigned(b *bed, at *lab.Machine, controller int) string {
	for {
		var out control.PackHandedOut
		b.until("a clientpack is handed out", func() bool { // not before the controllers agree who hands out
			var err error
			out, err = ask[control.PackHandedOut](at, control.PackNext{})
			return err == nil
		})
		var pack status.Client
		at.Until(patience, "the clientpack is known", func(s *status.Snapshot) bool {
			for _, c := range s.Clients {
				if c.Name == out.Name {
					pack = c
				}
			}
			return pack.CheckedOut
		})
		if pack.Assigned == controller {
			return out.Name
		}
	}
}

// ask asks a controller for something.
func ask[R any](m *lab.Machine, request control.Request) (R, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return control.Do[R](ctx, m.Backend(), request)
}

// profile is an exported clientpack, as wg-quick would act on it.
type profile struct {
	text    string // in WireGuard's configuration protocol
	address netip.Prefix
	routes  []string
}

// protocolNames are the keys of a clientpack in WireGuard's configuration protocol.
var protocolNames = map[string]string{
	"PrivateKey": "private_key", "PublicKey": "public_key", "PresharedKey": "preshared_key",
	"Endpoint": "endpoint", "PersistentKeepalive": "persistent_keepalive_interval",
}

func fromPack(b *bed, conf string) profile {
	var p profile
	for line := range strings.Lines(conf) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " = ")
		switch {
		case name == "Address":
			p.address = netip.MustParsePrefix(value)
		case name == "AllowedIPs":
			for _, prefix := range strings.Split(value, ", ") {
				p.text += "allowed_ip=" + prefix + "\n"
				p.routes = append(p.routes, prefix)
			}
		case protocolNames[name] != "":
			if strings.HasSuffix(name, "Key") {
				raw, err := base64.StdEncoding.DecodeString(value)
				if err != nil {
					b.Fatalf("the clientpack has a bad %s: %v", name, err)
				}
				value = hex.EncodeToString(raw)
			}
			p.text += protocolNames[name] + "=" + value + "\n"
		}
	}
	return p
}
