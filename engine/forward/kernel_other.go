//go:build !linux

package forward

import "golang.zx2c4.com/wireguard/tun"

func newHostReader(dev tun.Device) hostReader { return newDeviceReader(dev) }

func newHostWriter(dev tun.Device) hostWriter { return deviceWriter{dev} }
