//go:build !unix

package ws

import "net"

// A direct is for Unix.
type direct struct{}

func newDirect(net.Conn) *direct { return nil }

func (*direct) receive([]byte) (*buffer, int, error) { panic("ws: no direct reads on this system") }
