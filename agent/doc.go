// Package agent keeps a client server attached to the nearest controller, and moves it to another one
// in less than a second when that one falls silent. It is for machines behind a NAT or firewall that no
// controller can reach by itself.
//
// A [Pack] is what the exported configuration of a clientpack says. A [Course] decides, and nothing
// else: which controller, and when to move; it knows no clock and no network. [Run] is the shell around
// it: one interface, one WireGuard session, and an echo request to the VIP, which the controller where
// the packet enters answers.
//
// The agent has no data directory, opens no port that anybody could ask, and never goes back to a
// controller just because that has returned.
package agent
