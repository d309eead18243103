//go:build linux

package ws_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"

	coder "github.com/coder/websocket"
	gobwas "github.com/gobwas/ws"
	"github.com/gobwas/ws/wsutil"
	"github.com/gorilla/websocket"
	"github.com/lxzan/gws"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/ws"
)

// limit is the largest message that servers take.
const limit = 2 << 20

// servers are handlers that send back what they get. Those with "-deflate" compress.
var servers = map[string]func() http.Handler{
	"fanfold": func() http.Handler { return ws.Handler(echo, ws.AcceptOptions{Options: ws.Options{MaxMessage: limit}}) },
	"fanfold-accept": func() http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := ws.Accept(w, r, ws.AcceptOptions{Options: ws.Options{MaxMessage: limit}})
			if err == nil {
				_ = echo(context.WithoutCancel(r.Context()), c)
			}
		})
	},
	"fanfold-deflate": func() http.Handler {
		return ws.Handler(echo, ws.AcceptOptions{Options: ws.Options{MaxMessage: limit, Compress: true}})
	},
	"gws": func() http.Handler { return serveGws(gws.ServerOption{ReadMaxPayloadSize: limit}) },
	"gws-deflate": func() http.Handler {
		return serveGws(gws.ServerOption{ReadMaxPayloadSize: limit, PermessageDeflate: gws.PermessageDeflate{Enabled: true}})
	},
	"gorilla":         func() http.Handler { return serveGorilla(websocket.Upgrader{}) },
	"gorilla-deflate": func() http.Handler { return serveGorilla(websocket.Upgrader{EnableCompression: true}) },
	"coder":           func() http.Handler { return serveCoder(&coder.AcceptOptions{}) },
	"coder-deflate": func() http.Handler {
		return serveCoder(&coder.AcceptOptions{CompressionMode: coder.CompressionNoContextTakeover})
	},
	"gobwas": serveGobwas,
}

func echo(ctx context.Context, c *ws.Conn) error {
	for msg, err := range c.All(netx.Draining(ctx)) {
		if err != nil {
			return err
		}
		if err := c.Write(ctx, msg.Kind, msg.Data); err != nil {
			return err
		}
	}
	return nil
}

type gwsEcho struct{ gws.BuiltinEventHandler }

func (gwsEcho) OnMessage(c *gws.Conn, m *gws.Message) {
	defer m.Close()
	_ = c.WriteMessage(m.Opcode, m.Bytes())
}

func serveGws(o gws.ServerOption) http.Handler {
	u := gws.NewUpgrader(&gwsEcho{}, &o)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := u.Upgrade(w, r); err == nil {
			go c.ReadLoop() // as its documentation has it
		}
	})
}

func serveGorilla(u websocket.Upgrader) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := u.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer c.Close()
		c.SetReadLimit(limit)
		for {
			kind, data, err := c.ReadMessage()
			if err != nil || c.WriteMessage(kind, data) != nil {
				return
			}
		}
	})
}

func serveCoder(o *coder.AcceptOptions) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := coder.Accept(w, r, o)
		if err != nil {
			return
		}
		defer c.CloseNow()
		c.SetReadLimit(limit)
		for {
			kind, data, err := c.Read(context.Background())
			if err != nil || c.Write(context.Background(), kind, data) != nil {
				return
			}
		}
	})
}

func serveGobwas() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, _, _, err := gobwas.UpgradeHTTP(r, w)
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			for {
				data, op, err := wsutil.ReadClientData(c)
				if err != nil || wsutil.WriteServerMessage(c, op, data) != nil {
					return
				}
			}
		}()
	})
}

// serve is a server until standard input ends. A line there asks for its memory.
func serve(name string) error {
	signal.Ignore(os.Interrupt) // the parent gets it too
	draining, end := context.WithCancel(context.Background())
	defer end()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{BaseContext: func(net.Listener) context.Context { return netx.WithDraining(context.Background(), draining) }}
	if s.Handler, err = handler(name); err != nil {
		return err
	}
	go func() {
		for in := bufio.NewScanner(os.Stdin); in.Scan(); {
			fmt.Println(memory())
		}
		os.Exit(0)
	}()
	fmt.Println(l.Addr())
	return s.Serve(l)
}

func handler(name string) (http.Handler, error) {
	if h, ok := servers[name]; ok {
		return h(), nil
	}
	return nil, fmt.Errorf("there is no server %q", name)
}

// memory returns the bytes of what is alive: on the heap, and of stacks.
func memory() uint64 {
	runtime.GC()
	runtime.GC() // what pools had is garbage only now
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}
