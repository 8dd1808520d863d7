// Package fetch brings the keyset of a topology from one controller, the source, to another, the
// fetching side, that proves the security token. It writes nothing by itself (Bundle.Save does), opens
// no listener, and neither logs nor puts into an error any secret.
//
// A token may be a human's and certificates are self-signed, so a fetch gives a stranger nothing to guess
// at offline, and a man in the middle nothing at all: CPace (draft-irtf-cfrg-cpace-21, ristretto255,
// SHA-512) inside TLS 1.3, bound to the one connection that carries it. Both sides prove the token; the
// fetching side proves first. Each wrong proof costs the guesser one of few attempts (see Limiter).
//
// # Connection
//
// TCP 8000, TLS 1.3, ALPN "vns3-keyset/1"; no HTTP, no resumption, one fetch for each connection. The
// certificate is not checked: the token proves the source. An exchange lasts 10 s at most.
//
// # Frames
//
// One byte type, the length of the payload as 32 bits, big-endian, the payload. Lengths are bounded for
// each type, and only after both sides have proved the token may a frame be longer than 4 kB.
//
//	source → fetching  1 offer    JSON: protocol, sid, salt, cost, keyset, id, name, topology, version
//	fetching → source  2 share    protocol (1 byte), its half of the session id (16), CPace share Ya (32)
//	source → fetching  3 answer   CPace share Yb (32)
//	fetching → source  4 proof    32 bytes
//	source → fetching  5 accept   32 bytes, the source's own proof
//	source → fetching  6 sealed   the bundle as JSON, AES-256-GCM, nonce of 12 zero bytes (the key is used once)
//	source → fetching  7 refused  code (1 byte), seconds to wait (32 bits, big-endian); then the source closes
//
// A refusal may come instead of frame 1, 3 or 5. Unknown members of the offer's JSON are ignored; a number
// of protocol other than 1 ends the fetch as a mismatch of versions.
//
// # Keys
//
//	PRS   Argon2id(token, salt, cost), made once at the source, when the token was set
//	CI    lv_cat("vns3-keyset", protocol, "fetching", "source", TLS exporter "EXPORTER-vns3-keyset", 32 bytes)
//	sid   the source's half (16 bytes), the fetching side's half (16 bytes)
//	ADa   the payload of frame 2 before Ya; ADb: the payload of frame 1
//	ISK   as the draft says, initiator (fetching) and responder (source)
//	proof, own proof, sealing key   HKDF-Expand(SHA-512, ISK, label, 32), labels "vns3 fetch proof",
//	                                "vns3 fetch accept" and "vns3 fetch seal"
package fetch
