// Package api serves the VNS3 API on TCP 8000 and the local socket.
package api

// FetchProtocol is the ALPN protocol of the keyset fetch; its connections carry no HTTP.
const FetchProtocol = "vns3-keyset/1"

// DefaultMaxConns is how many HTTPS connections may be open at once.
const DefaultMaxConns = 512
