//go:build unix && !aix

package main

import "github.com/fanfold/fanfold/ioloop"

// pair returns the handlers of two connections, each of which passes on to the other what
// it gets. Both end when neither sends any more, or when one of them fails.
func pair(a, b *ioloop.Conn) (ofA, ofB *ioloop.Handler) {
	ended := 0 // directions
	half := func(from, to *ioloop.Conn) *ioloop.Handler {
		return &ioloop.Handler{
			Data: func(_ *ioloop.Conn, data []byte) (int, error) {
				n, err := to.Write(data)
				if to.Full() {
					from.Pause()
				}
				return n, err
			},
			Drain: func(*ioloop.Conn) { to.Resume() }, // from has room again for what to sends
			EOF: func(*ioloop.Conn) {
				to.CloseWrite()
				if ended++; ended == 2 {
					a.Close()
					b.Close()
				}
			},
			Close: func(_ *ioloop.Conn, err error) {
				if err != nil {
					to.Abort(err)
				} else {
					to.Close()
				}
			},
		}
	}
	return half(a, b), half(b, a)
}
