//go:build linux

package main

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"strings"
)

// tinc is tinc 1.0, whose daemons forward for each other.
var tinc = system{name: "tinc", lacks: func(shape) string { return missing("tincd") }, version: tells("tincd", "--version"), run: runTinc}

func runTinc(b *bed) {
	hosts := make([]string, len(b.machines))
	for i, m := range b.machines {
		key, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			b.Fatal(err)
		}
		m.write("rsa_key.priv", string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})))
		hosts[i] = fmt.Sprintf("Subnet = %s/32\n%s", overlayAddress(i).Addr(),
			pem.EncodeToMemory(&pem.Block{Type: "RSA PUBLIC KEY", Bytes: x509.MarshalPKCS1PublicKey(&key.PublicKey)}))
	}
	for i, m := range b.machines {
		if err := os.Mkdir(m.path("hosts"), 0o700); err != nil {
			b.Fatal(err)
		}
		var connect strings.Builder
		for j := range b.machines {
			where := ""
			if near := j-i == 1 || i-j == 1; i != j && (near || b.shape == meshOfNine) {
				fmt.Fprintf(&connect, "ConnectTo = machine%d\n", j+1)
				where = fmt.Sprintf("Address = %s\n", remote(b, i, j))
			}
			m.write(fmt.Sprint("hosts/machine", j+1), where+hosts[j])
		}
		m.write("tinc.conf", fmt.Sprintf("Name = machine%d\nAddressFamily = ipv4\nInterface = tinc\n%s", i+1, connect.String()))
		m.start("tincd", "-c", m.dir, "-D", "--pidfile="+m.path("pid"))
		m.device("tinc", overlayAddress(i), 0)
	}
}
