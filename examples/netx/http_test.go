//go:build unix && !aix

package netx

import (
	"io"
	"net"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/examples/internal/programs"
)

// web are the programs over HTTP.
func web(t *testing.T) []programs.Program {
	const answer = "Status: 200\nReason: OK\nResponse: Hello, world!\n"
	list := []programs.Program{
		{Name: "httpserver", Serve: welcomed, Order: func(string) any { return nil }},
		{Name: "httpclient", Args: "-addr localhost:1", Stderr: "connection refused", Status: 1},
		{Name: "tls", Stdout: "the first certificate: Hello over HTTP/2.0\nthe second certificate: Hello over HTTP/2.0\nthe connection before: Hello over HTTP/2.0\n"},
		{Name: "requests", Stdout: "Status Code: 200\nResponse: {1 1 sunt aut facere}\nResponse: map[key:value]\nResponse: map[key:value]\nStatus Code: 404\n", Stderr: "again, after"},
		{
			Name: "fetch", Args: "-tick 1ms", Stderr: "it took",
			Stdout: "<html>This is page one</html>\n<html>This is page two</html>\n<html>This is page three</html>\n<html>This is page four</html>\n" +
				"<html>This is page five</html>\n<html>This is page six</html>\n<html>This is page seven</html>\nmissing: 404\n",
		},
	}
	if addr := pythonServer(t, "httpserver.py", "8080"); addr != "" {
		list = append(list, programs.Program{Name: "httpclient", Args: "-addr " + addr, Stdout: answer})
	}
	return append(list,
		programs.Program{Name: "httpclient", Args: "-addr " + greets(t, http.StatusNotFound), Stdout: "Status: 404\nReason: Not Found\nResponse: Hello, world!\n"},
		programs.Program{Name: "httpclient", Args: "-addr " + greets(t, http.StatusOK), Stdout: answer})
}

// welcomed talks to a server that greets.
func welcomed(t *testing.T, addr string) {
	t.Run("the Python client", func(t *testing.T) {
		assert.Equal(t, "Status: 200\nReason: OK\nResponse: Hello, world!\n", python(t, "httpclient.py", "8080", addr))
	})
	resp, err := http.Get("http://" + addr)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	assert.Equal(t, "Hello, world!", string(body))
	assert.Equal(t, "text/html", resp.Header.Get("Content-Type"))
	dial(t, addr) // this one is silent, and the connection before is kept by the client
}

// greets serves HTTP until the test ends.
func greets(t *testing.T, code int) (addr string) {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	require.NoError(t, err)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(code)
		io.WriteString(w, "Hello, world!")
	})}
	go server.Serve(listener)
	t.Cleanup(func() {
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	return listener.Addr().String()
}
