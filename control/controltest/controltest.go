// Package controltest is the contract of control.Backend as tests: every implementation runs it.
package controltest
