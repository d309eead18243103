// Chat serves a page on which visitors talk to each other over WebSockets. What one says goes
// to all. A visitor who reads nothing for too long is shown out, and keeps nobody waiting.
package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"flag"
	"log"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/serve"
	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/httpx"
	"github.com/fanfold/fanfold/netx/ws"
)

//go:embed page.html
var page []byte

func main() {
	addr := flag.String("addr", "localhost:8080", "the address to listen on")
	queue := flag.Int("queue", 64, "how many messages may wait for a visitor")
	flags.Parse()
	ctx, listener := serve.Listen(*addr)
	r := newRoom(*queue)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Header().Set("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'")
		_, _ = w.Write(page) // that a visitor has left is no error
	})
	mux.Handle("GET /chat", ws.Handler(r.visit, ws.AcceptOptions{Options: ws.Options{Compress: true, MaxMessage: 4 << 10}}))
	context.AfterFunc(ctx, func() { r.hub.Close(ws.GoingAway, "the chat is over") })
	if err := httpx.Serve(ctx, listener, mux); err != nil {
		log.Fatal(err)
	}
}

// A room has visitors.
type room struct {
	hub    *ws.Hub
	number atomic.Int64 // of the last visitor
}

func newRoom(queue int) *room {
	return &room{hub: ws.NewHub(ws.HubOptions{Queue: queue, OnSlow: func(c *ws.Conn) {
		log.Println(c.RemoteAddr(), "is too slow, and shown out")
	}})}
}

// A line is what the page gets.
type line struct {
	From int64  `json:"from"` // 0: the room itself
	Text string `json:"text"`
	Here int    `json:"here"` // visitors
}

// visit serves a visitor.
func (r *room) visit(ctx context.Context, c *ws.Conn) error {
	me := r.number.Add(1)
	leave := r.hub.Join(c)
	defer func() {
		leave()
		r.say(0, "somebody leaves")
	}()
	r.say(0, "somebody comes in")
	for msg, err := range c.All(netx.Draining(ctx)) {
		if err != nil {
			return err
		}
		if text := strings.TrimSpace(string(msg.Data)); msg.Kind == ws.Text && text != "" {
			r.say(me, text)
		}
	}
	return nil
}

// say tells all.
func (r *room) say(from int64, text string) {
	data, err := json.Marshal(line{from, text, r.hub.Len()})
	if err != nil {
		panic(err) // a line can be encoded
	}
	r.hub.Broadcast(ws.Prepare(ws.Text, data))
}
