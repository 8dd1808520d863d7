// Package link is the health of one link: a pure state machine and its wire format.
package link
