package conformance

import (
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"golang.org/x/net/nettest"

	"github.com/fanfold/fanfold/netx/ws"
)

// A NetConn is a net.Conn, on both sides, with and without compression.
func TestWebSocketNetConn(t *testing.T) {
	for name, o := range map[string]ws.Options{"plain": {}, "compressed": {Compress: true, CompressFrom: 1}} {
		t.Run(name, func(t *testing.T) {
			nettest.TestConn(t, func() (client, server net.Conn, stop func(), err error) {
				accepted := make(chan *ws.Conn, 1)
				s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					c, err := ws.Accept(w, r, ws.AcceptOptions{Options: o})
					if err != nil {
						t.Errorf("Accept: %v", err)
					}
					accepted <- c
				}))
				transport := &http.Transport{}
				a, err := ws.Dial(t.Context(), "ws"+strings.TrimPrefix(s.URL, "http"), ws.DialOptions{Options: o, Client: &http.Client{Transport: transport}})
				if err != nil {
					return nil, nil, nil, err
				}
				b := <-accepted
				client, server = ws.NetConn(a, ws.Binary), ws.NetConn(b, ws.Binary)
				return client, server, func() {
					var closing sync.WaitGroup
					closing.Go(func() { client.Close() })
					closing.Go(func() { server.Close() })
					closing.Wait()
					transport.CloseIdleConnections()
					s.Close()
				}, nil
			})
		})
	}
}
