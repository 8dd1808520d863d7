//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"strings"
	"time"
)

// openVPN has one server, so it makes no mesh; without routing by hand none stands behind another.
var openVPN = system{
	name: "openvpn",
	lacks: func(s shape) string {
		if s == throughTwo || s == meshOfNine {
			return "has one server"
		}
		return missing("openvpn")
	},
	version: tells("openvpn", "--version"),
	run:     runOpenVPN,
}

func runOpenVPN(b *bed) {
	server := min(len(b.machines)-1, 1)
	prints := make([]string, len(b.machines))
	for i, m := range b.machines {
		prints[i] = selfSigned(m)
	}
	for i, m := range b.machines {
		role := fmt.Sprintf("client\nremote %s 1194\nnobind\nconnect-retry 1\nremote-cert-tls server\n", remote(b, i, server))
		trusted := prints[server]
		if i == server {
			role = "server 10.77.0.0 255.255.255.0\ntopology subnet\nclient-to-client\nport 1194\ndh none\nduplicate-cn\n"
			trusted = strings.Join(prints, "\n")
		}
		m.start("openvpn", "--config", m.write("openvpn.conf", fmt.Sprintf(`dev tun
proto udp4
disable-dco
cert %s
key %s
verb 3
%s<peer-fingerprint>
%s
</peer-fingerprint>
`, m.path("cert.pem"), m.path("key.pem"), role, trusted)))
	}
	for _, m := range b.machines {
		b.until("openvpn is connected", func() bool {
			out, err := m.Command("ip", "-o", "-4", "address", "show", "dev", "tun0").Output()
			fields := strings.Fields(string(out))
			if err != nil || len(fields) < 4 {
				return false
			}
			m.overlay = addressOf(fields[3])
			return true
		})
	}
}

// remote is the address of machine j as machine i sees it.
func remote(b *bed, i, j int) string {
	if j < i {
		return b.machines[j].right
	}
	return b.machines[j].left
}

// selfSigned writes a certificate and returns its fingerprint.
func selfSigned(m *machine) string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		m.bed.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "bench"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageKeyAgreement,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		m.bed.Fatal(err)
	}
	raw, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		m.bed.Fatal(err)
	}
	m.write("cert.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})))
	m.write("key.pem", string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: raw})))
	return strings.ReplaceAll(fmt.Sprintf("% X", sha256.Sum256(cert)), " ", ":")
}
