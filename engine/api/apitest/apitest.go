// Package apitest is a simulated controller for tests: a control.Backend in memory that goes from
// unconfigured through license, keyset and peering as the engine does. It opens no socket but tests may.
package apitest
