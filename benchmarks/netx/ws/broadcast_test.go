//go:build linux

package ws_test

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"testing"

	"github.com/gobwas/ws"
	"github.com/lxzan/gws"
	"github.com/olahol/melody"

	"github.com/fanfold/fanfold/benchmarks/internal/pinned"
	"github.com/fanfold/fanfold/netx"
	fanfold "github.com/fanfold/fanfold/netx/ws"
)

// members are in the hub. Of these some may read nothing.
const members = 1000

// BenchmarkBroadcast has a server send each message to a thousand members. An operation is
// one message that has come to one member.
func BenchmarkBroadcast(b *testing.B) {
	for _, name := range []string{"fanfold", "gws", "melody"} {
		broadcast(b, name, name+"-hub", 0)
	}
}

// BenchmarkSilent has it do so while ten of the members read nothing.
func BenchmarkSilent(b *testing.B) {
	broadcast(b, "fanfold", "fanfold-hub", 0)
	broadcast(b, "fanfold-silent", "fanfold-hub", 10)
	broadcast(b, "gws-silent", "gws-hub", 10)
	broadcast(b, "melody-silent", "melody-hub", 10)
}

func broadcast(b *testing.B, impl, name string, silent int) {
	open := func(b *testing.B) *pinned.Session {
		s, err := pinned.Open(pinned.Self(serverRole, name), clientRole, func(addr string, pid int) any {
			return task{Addr: addr, Server: pid, Conns: members, Size: 1 << 10, Deep: 8, Broadcast: true, Silent: silent}
		})
		if err != nil {
			b.Fatal(name, err)
		}
		return s
	}
	pinned.Bench(b, "impl="+impl, open, func(b *testing.B, r pinned.Result) {
		b.ReportMetric(float64(r.Wall)/float64(r.Count), "ns/op")
		b.ReportMetric(float64(r.CPU)/float64(r.Count), "cpu-ns/op")
	})
}

// broadcasts makes the server broadcast so often that n messages come, and reads them.
func (c *client) broadcasts(n int64) (messages int64, err error) {
	readers := c.conns[c.Silent:]
	each := int64(len(readers) * c.Deep)
	sender := readers[0]
	for messages < n {
		if _, err := sender.Write(c.frames); err != nil {
			return messages, err
		}
		for i, conn := range readers {
			in := c.readers[c.Silent+i]
			for range c.Deep {
				h, err := ws.ReadHeader(in)
				if err == nil {
					_, err = in.Discard(int(h.Length))
				}
				if err != nil {
					return messages, fmt.Errorf("%v: %w", conn.LocalAddr(), err)
				}
			}
		}
		messages += each
	}
	return messages, nil
}

func init() {
	servers["fanfold-hub"] = func() http.Handler {
		room := fanfold.NewHub(fanfold.HubOptions{Slow: fanfold.DropNewest})
		return fanfold.Handler(func(ctx context.Context, c *fanfold.Conn) error {
			defer room.Join(c)()
			for msg, err := range c.All(netx.Draining(ctx)) {
				if err != nil {
					return err
				}
				room.Broadcast(fanfold.Prepare(msg.Kind, msg.Data))
			}
			return nil
		})
	}
	servers["gws-hub"] = func() http.Handler {
		h := &gwsHub{all: map[*gws.Conn]struct{}{}}
		u := gws.NewUpgrader(h, &gws.ServerOption{})
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if c, err := u.Upgrade(w, r); err == nil {
				go c.ReadLoop()
			}
		})
	}
	servers["melody-hub"] = func() http.Handler {
		m := melody.New()
		m.Config.MaxMessageSize = limit
		m.HandleMessage(func(_ *melody.Session, data []byte) { _ = m.Broadcast(data) })
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _ = m.HandleRequest(w, r) })
	}
}

// A gwsHub is one as the documentation of gws has it.
type gwsHub struct {
	gws.BuiltinEventHandler
	mu  sync.Mutex
	all map[*gws.Conn]struct{}
}

func (h *gwsHub) OnOpen(c *gws.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all[c] = struct{}{}
}

func (h *gwsHub) OnClose(c *gws.Conn, _ error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.all, c)
}

func (h *gwsHub) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	b := gws.NewBroadcaster(m.Opcode, m.Bytes())
	defer b.Close()
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.all {
		_ = b.Broadcast(c)
	}
}
