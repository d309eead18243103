//go:build linux

package echo_test

import (
	"context"
	"net"

	"github.com/cloudwego/netpoll"
	"github.com/lesismal/nbio"
	"github.com/lesismal/nbio/logging"
	"github.com/panjf2000/gnet/v2"
	"github.com/tidwall/evio"
	"github.com/xtaci/gaio"
)

// freeAddr returns an address for a server that listens itself.
func freeAddr() (net.Addr, error) {
	ln, err := listen()
	if err != nil {
		return nil, err
	}
	defer ln.Close()
	return ln.Addr(), nil
}

// A gnetEcho has a loop of gnet.
type gnetEcho struct {
	gnet.BuiltinEventEngine
	booted func()
}

func (g *gnetEcho) OnBoot(gnet.Engine) gnet.Action {
	g.booted()
	return gnet.None
}

func (g *gnetEcho) OnTraffic(c gnet.Conn) gnet.Action {
	data, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	if _, err := c.Write(data); err != nil {
		return gnet.Close
	}
	return gnet.None
}

func serveGnet(ready func(net.Addr)) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	return gnet.Run(&gnetEcho{booted: func() { ready(addr) }}, "tcp://"+addr.String(), gnet.WithNumEventLoop(1))
}

func serveNetpoll(ready func(net.Addr)) error {
	ln, err := listen()
	if err != nil {
		return err
	}
	if err := netpoll.Configure(netpoll.Config{PollerNum: 1}); err != nil {
		return err
	}
	loop, err := netpoll.NewEventLoop(func(_ context.Context, c netpoll.Connection) error {
		r := c.Reader()
		data, err := r.Next(r.Len())
		if err != nil {
			return err
		}
		if _, err := c.Write(data); err != nil {
			return err
		}
		return r.Release()
	})
	if err != nil {
		return err
	}
	ready(ln.Addr())
	return loop.Serve(ln)
}

func serveNbio(ready func(net.Addr)) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	logging.SetLevel(logging.LevelNone)
	engine := nbio.NewEngine(nbio.Config{Network: "tcp", Addrs: []string{addr.String()}, NPoller: 1, ReadBufferSize: bufferSize})
	engine.OnData(func(c *nbio.Conn, data []byte) {
		if _, err := c.Write(data); err != nil {
			c.Close()
		}
	})
	if err := engine.Start(); err != nil {
		return err
	}
	ready(addr)
	select {}
}

func serveEvio(ready func(net.Addr)) error {
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	return evio.Serve(evio.Events{
		NumLoops: 1,
		Serving: func(evio.Server) evio.Action {
			ready(addr)
			return evio.None
		},
		Data: func(_ evio.Conn, in []byte) ([]byte, evio.Action) { return in, evio.None },
	}, "tcp://"+addr.String())
}

func serveGaio(ready func(net.Addr)) error {
	ln, err := listen()
	if err != nil {
		return err
	}
	w, err := gaio.NewWatcher()
	if err != nil {
		return err
	}
	go answerGaio(w)
	ready(ln.Addr())
	for {
		c, err := ln.Accept()
		if err != nil {
			return err
		}
		if err := w.Read(nil, c, make([]byte, bufferSize)); err != nil {
			return err
		}
	}
}

func answerGaio(w *gaio.Watcher) {
	for {
		results, err := w.WaitIO()
		if err != nil {
			return
		}
		for _, r := range results {
			switch {
			case r.Error != nil || r.Operation == gaio.OpRead && r.Size == 0:
				w.Free(r.Conn)
			case r.Operation == gaio.OpRead:
				w.Write(nil, r.Conn, r.Buffer[:r.Size])
			default:
				w.Read(nil, r.Conn, r.Buffer[:cap(r.Buffer)])
			}
		}
	}
}
