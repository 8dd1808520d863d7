// Package access knows who may call the API of a controller: the user "api", a second user that
// PUT /admin_ui names, and API tokens. It decides, keeps its file and reports; it never sees a request.
//
// Both users may do the same. The second one stands for the product's admin UI user: vns3's console
// needs no password (it uses the local socket, whose file permissions decide), so the name and
// password set by PUT /admin_ui open the API as "api" does, and enabled=false closes it to them.
//
// # Storage
//
// access.json in the data directory, mode 0600, written to a new file and renamed. Passwords are kept
// as Argon2id (RFC 9106) in the PHC string format, tokens as SHA-256: they hold 256 random bits, so
// there is nothing to guess. A file that cannot be read or understood is refused, never replaced.
//
// # Guessing
//
// A password that was proven once is remembered as a keyed digest, so that a client that polls costs
// one comparison and not one Argon2. Every other attempt is reserved before it is verified (see
// throttle), so parallel guesses do not outrun the limit, and equal attempts share one verification.
package access
