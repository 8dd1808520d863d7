//go:build !linux

package udp

import (
	"errors"

	"golang.zx2c4.com/wireguard/conn"
)

// CanLend says whether Options.Lend does anything.
const CanLend = false

// New returns the stock bind.
func New(o Options) (conn.Bind, error) {
	if o.Listen.IsValid() {
		return nil, errors.New("listening on one address works on Linux only: remove controller.listen from the configuration")
	}
	return conn.NewDefaultBind(), nil
}
