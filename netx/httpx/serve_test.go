package httpx_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/netx"
	"github.com/fanfold/fanfold/netx/httpx"
)

var errTest = errors.New("test")

// A running server is one that a test ends.
type running struct {
	addr string
	stop context.CancelFunc
	done chan error
}

// serve runs a server until the test ends. It logs nothing.
func serve(t *testing.T, handler http.HandlerFunc, o httpx.ServeOptions) *running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	ctx, stop := context.WithCancel(t.Context())
	r := &running{l.Addr().String(), stop, make(chan error, 1)}
	if o.Server == nil {
		o.Server = &http.Server{}
	}
	if o.Server.ErrorLog == nil {
		o.Server.ErrorLog = log.New(io.Discard, "", 0)
	}
	go func() { r.done <- httpx.Serve(ctx, l, handler, o) }()
	t.Cleanup(func() { stop(); <-r.done })
	return r
}

// end ends the server and returns its error.
func (r *running) end() error {
	r.stop()
	err := <-r.done
	r.done <- nil // for the cleanup
	return err
}

// dial connects to the server, and sends some bytes.
func (r *running) dial(t *testing.T, text string) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", r.addr)
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	require.NoError(t, c.SetDeadline(time.Now().Add(time.Minute)))
	_, err = io.WriteString(c, text)
	require.NoError(t, err)
	return c
}

// client returns a client without connections of its own to other tests.
func client(t *testing.T) *http.Client {
	t.Helper()
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func get(t *testing.T, c *http.Client, url string) (string, *http.Response) {
	t.Helper()
	resp, err := c.Get(url)
	require.NoError(t, err)
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	resp.Body.Close()
	return string(body), resp
}

func hello(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello "+r.URL.Path) }

func TestServe(t *testing.T) {
	srv := &http.Server{IdleTimeout: time.Hour}
	r := serve(t, hello, httpx.ServeOptions{Server: srv, Grace: time.Minute})
	body, _ := get(t, client(t), "http://"+r.addr+"/a")
	assert.Equal(t, "hello /a", body)
	start := time.Now()
	assert.NoError(t, r.end(), "idle connections end at once")
	assert.Less(t, time.Since(start), 20*time.Second)
	assert.Equal(t, 10*time.Second, srv.ReadHeaderTimeout)
	assert.Equal(t, time.Hour, srv.IdleTimeout, "only zero fields are filled")
	assert.Equal(t, 64<<10, srv.MaxHeaderBytes)
	assert.Zero(t, srv.ReadTimeout)
	assert.Zero(t, srv.WriteTimeout)
}

func TestServeTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(nil)
	server.StartTLS() // for its certificate
	defer server.Close()
	for _, proto := range []string{"HTTP/1.1", "HTTP/2.0"} {
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			fmt.Fprint(w, r.Proto, r.TLS != nil, string(body), err)
			w.(http.Flusher).Flush()
			w.Write(make([]byte, 1<<20))
		}, httpx.ServeOptions{TLS: &tls.Config{Certificates: server.TLS.Certificates}})
		transport := server.Client().Transport.(*http.Transport).Clone()
		transport.ForceAttemptHTTP2 = proto == "HTTP/2.0"
		c := &http.Client{Transport: transport}
		resp, err := c.Post("https://"+r.addr, "text/plain", strings.NewReader("body"))
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		want := proto + "true" + "body" + "<nil>"
		assert.Equal(t, want, string(body[:len(want)]))
		assert.Len(t, body, len(want)+1<<20)
		assert.NoError(t, r.end())
		transport.CloseIdleConnections()
	}
	r := serve(t, hello, httpx.ServeOptions{TLS: &tls.Config{}})
	assert.Error(t, <-r.done, "no certificate")
	r.done <- nil
}

func TestServeDrains(t *testing.T) {
	t.Run("a request is answered", func(t *testing.T) {
		begun := make(chan struct{})
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-netx.Draining(r.Context()).Done()
			fmt.Fprint(w, context.Cause(netx.Draining(r.Context())), r.Context().Err())
		}, httpx.ServeOptions{})
		got := make(chan string, 1)
		c := client(t)
		go func() {
			body, err := httpx.Text(c.Get("http://" + r.addr))
			got <- body + fmt.Sprint(err)
		}()
		<-begun
		assert.NoError(t, r.end())
		assert.Equal(t, netx.ErrDraining.Error()+" <nil><nil>", <-got)
	})
	t.Run("connections that have sent nothing end at once", func(t *testing.T) {
		r := serve(t, hello, httpx.ServeOptions{Grace: time.Minute})
		c := r.dial(t, "")
		used := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		_, err := http.ReadResponse(bufio.NewReader(used), nil)
		require.NoError(t, err)
		start := time.Now()
		assert.NoError(t, r.end())
		assert.Less(t, time.Since(start), 20*time.Second)
		_, err = c.Read(make([]byte, 1))
		assert.Error(t, err)
	})
	t.Run("a hijacked connection", func(t *testing.T) {
		for _, hears := range []bool{true, false} {
			hijacked := make(chan struct{})
			r := serve(t, func(w http.ResponseWriter, r *http.Request) {
				c, _, err := http.NewResponseController(w).Hijack()
				if !assert.NoError(t, err) {
					return
				}
				draining := netx.Draining(r.Context())
				go func() { // as one does with them
					defer c.Close()
					close(hijacked)
					if hears {
						<-draining.Done()
						time.Sleep(20 * time.Millisecond)
						io.WriteString(c, "bye")
						return
					}
					_, err := io.Copy(io.Discard, c)
					assert.ErrorIs(t, err, net.ErrClosed)
				}()
				if !hears {
					<-r.Context().Done()
				}
			}, httpx.ServeOptions{Grace: 200 * time.Millisecond})
			c := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			<-hijacked
			err := r.end()
			got, _ := io.ReadAll(c)
			if hears {
				assert.NoError(t, err)
				assert.Equal(t, "bye", string(got))
				continue
			}
			var cut *netx.CutError
			require.ErrorAs(t, err, &cut)
			assert.Equal(t, 1, cut.Conns)
			assert.Empty(t, got)
		}
	})
	t.Run("what is left is cut", func(t *testing.T) {
		begun, causes := make(chan struct{}), make(chan error, 1)
		r := serve(t, func(w http.ResponseWriter, r *http.Request) {
			close(begun)
			<-r.Context().Done()
			causes <- context.Cause(r.Context())
		}, httpx.ServeOptions{Grace: 50 * time.Millisecond})
		r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		<-begun
		err := r.end()
		assert.EqualError(t, err, "netx: 1 connection was cut at the end of the grace")
		assert.Error(t, <-causes)
	})
	t.Run("a context that is done serves nobody", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		assert.NoError(t, httpx.Serve(ctx, l, nil))
		_, err = l.Accept()
		assert.ErrorIs(t, err, net.ErrClosed)
	})
	t.Run("the listener is closed by another", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		l.Close()
		assert.ErrorIs(t, httpx.Serve(t.Context(), l, nil), net.ErrClosed)
	})
}

func TestServeBadRequests(t *testing.T) {
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}, httpx.ServeOptions{Server: &http.Server{ReadHeaderTimeout: 100 * time.Millisecond}})
	cases := []struct {
		name, request string
		want          string // the beginning of the answer
	}{
		{"a header flood", "GET / HTTP/1.1\r\nHost: a\r\nX: " + strings.Repeat("x", 80<<10) + "\r\n\r\n", "HTTP/1.1 431 "},
		{"many headers", "GET / HTTP/1.1\r\nHost: a\r\n" + strings.Repeat("X: x\r\n", 20<<10) + "\r\n", "HTTP/1.1 431 "},
		{"a slow header", "GET / HTTP/1.1\r\nHo", ""},
		{"two lengths", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "HTTP/1.1 400 "},
		{"bare LF in chunks", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", "HTTP/1.1 400 "},
		{"length and chunked", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "HTTP/1.1 400 "},
		{"chunked and length", "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: chunked\r\ncontent-length: 1\r\n\r\n1\r\na\r\n0\r\n\r\n", "HTTP/1.1 400 "},
		{"chunked alone", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "HTTP/1.1 200 "},
		{"both names in a body", "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 43\r\n\r\nContent-Length: 1\nTransfer-Encoding: chunked", "HTTP/1.1 200 "},
		{"unencrypted HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/1.1 505 "},
		{"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", "HTTP/1.1 400 "},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			conn := r.dial(t, "")
			go io.WriteString(conn, c.request) // it may not be read to its end
			answer := make([]byte, len(c.want))
			_, err := io.ReadFull(conn, answer)
			assert.NoError(t, err)
			assert.Equal(t, c.want, string(answer))
			if c.want == "" {
				_, err := io.ReadAll(conn)
				assert.NoError(t, err, "it is cut")
			}
		})
	}
}

// The second request of a connection is looked at as the first one is.
func TestServeSmugglers(t *testing.T) {
	r := serve(t, hello, httpx.ServeOptions{})
	c := r.dial(t, "")
	reader := bufio.NewReader(c)
	for _, request := range []string{
		"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab\r\n\r",
		"POST /b HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
		"GET /c HTTP/1.1\r\nHost: a\r\nX: Content-Length: 1\r\n\r\n",
		"POST /d HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
	} {
		for i := range request { // byte by byte
			_, err := io.WriteString(c, request[i:i+1])
			require.NoError(t, err)
		}
		resp, err := http.ReadResponse(reader, nil)
		require.NoError(t, err)
		io.Copy(io.Discard, resp.Body)
		assert.Equal(t, strings.HasPrefix(request, "POST /d"), resp.StatusCode == 400, request)
	}
	_, err := reader.ReadByte()
	assert.Equal(t, io.EOF, err, "it is closed")
}

func TestServeNoUnencryptedHTTP2(t *testing.T) {
	var p http.Protocols
	p.SetHTTP1(true)
	p.SetUnencryptedHTTP2(true)
	r := serve(t, hello, httpx.ServeOptions{Server: &http.Server{Protocols: &p}})
	conn := r.dial(t, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00")
	got, _ := io.ReadAll(conn)
	assert.True(t, bytes.HasPrefix(got, []byte("HTTP/1.1 ")), "%q", got)
	assert.True(t, p.UnencryptedHTTP2(), "the caller's value is not changed")
}

func TestServeStall(t *testing.T) {
	const stall = 150 * time.Millisecond
	run := func(t *testing.T, handler http.HandlerFunc) *running {
		return serve(t, handler, httpx.ServeOptions{Stall: stall, Server: &http.Server{ReadHeaderTimeout: time.Hour, IdleTimeout: time.Hour}})
	}
	post := "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n"
	t.Run("a body that does not come", func(t *testing.T) {
		errs := make(chan error, 1)
		r := run(t, func(w http.ResponseWriter, r *http.Request) {
			_, err := io.ReadAll(r.Body)
			errs <- err
		})
		r.dial(t, post+"some")
		err := <-errs
		assert.ErrorIs(t, err, httpx.ErrStall)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
	})
	t.Run("a body that comes slowly", func(t *testing.T) {
		got := make(chan string, 1)
		r := run(t, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			got <- fmt.Sprint(len(body), err)
		})
		c := r.dial(t, post)
		for range 10 {
			time.Sleep(stall / 3)
			_, err := c.Write(make([]byte, 10))
			require.NoError(t, err)
		}
		assert.Equal(t, "100 <nil>", <-got)
	})
	t.Run("an answer that is not taken", func(t *testing.T) {
		errs := make(chan error, 1)
		r := run(t, func(w http.ResponseWriter, r *http.Request) {
			var err error
			for err == nil {
				_, err = w.Write(make([]byte, 1<<20))
			}
			errs <- err
		})
		r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		assert.ErrorIs(t, <-errs, httpx.ErrStall)
	})
	t.Run("a body that the handler left", func(t *testing.T) {
		r := run(t, func(w http.ResponseWriter, r *http.Request) {})
		c := r.dial(t, post)
		_, err := io.ReadAll(c)
		assert.NoError(t, err)
	})
	t.Run("a handler that takes its time, and an idle connection", func(t *testing.T) {
		r := run(t, func(w http.ResponseWriter, r *http.Request) { time.Sleep(4 * stall) })
		c := r.dial(t, "")
		reader := bufio.NewReader(c)
		for range 2 {
			_, err := io.WriteString(c, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
			require.NoError(t, err)
			resp, err := http.ReadResponse(reader, nil)
			require.NoError(t, err)
			assert.Equal(t, 200, resp.StatusCode)
			time.Sleep(3 * stall)
		}
	})
	t.Run("a hijacked connection has its own rules", func(t *testing.T) {
		r := run(t, func(w http.ResponseWriter, r *http.Request) {
			c, _, err := http.NewResponseController(w).Hijack()
			if assert.NoError(t, err) {
				go func() {
					defer c.Close()
					io.Copy(c, c)
				}()
			}
		})
		c := r.dial(t, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
		time.Sleep(4 * stall)
		_, err := io.WriteString(c, "x")
		require.NoError(t, err)
		_, err = io.ReadFull(c, make([]byte, 1))
		assert.NoError(t, err)
		c.Close()
	})
}

// Files go out by sendfile: the ResponseWriter is net/http's, and the connection has ReadFrom.
func TestServeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file.txt")
	content := bytes.Repeat([]byte("0123456789"), 200_000)
	require.NoError(t, os.WriteFile(path, content, 0o600))
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, ok := w.(io.ReaderFrom)
		assert.True(t, ok)
		http.ServeFile(w, r, path)
	}, httpx.ServeOptions{})
	body, _ := get(t, client(t), "http://"+r.addr)
	assert.True(t, string(content) == body)
	req, err := http.NewRequest(http.MethodGet, "http://"+r.addr, nil)
	require.NoError(t, err)
	req.Header.Set("Range", "bytes=5-700004")
	resp, err := client(t).Do(req)
	require.NoError(t, err)
	defer resp.Body.Close()
	part, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	assert.True(t, bytes.Equal(content[5:700_005], part))
}

func TestServeMaxConns(t *testing.T) {
	r := serve(t, hello, httpx.ServeOptions{MaxConns: 1})
	first := r.dial(t, "GET /1 HTTP/1.1\r\nHost: a\r\n\r\n")
	_, err := http.ReadResponse(bufio.NewReader(first), nil)
	require.NoError(t, err)
	second := r.dial(t, "GET /2 HTTP/1.1\r\nHost: a\r\n\r\n")
	require.NoError(t, second.SetReadDeadline(time.Now().Add(50*time.Millisecond)))
	_, err = second.Read(make([]byte, 1))
	require.ErrorIs(t, err, os.ErrDeadlineExceeded, "it waits")
	first.Close()
	require.NoError(t, second.SetReadDeadline(time.Now().Add(time.Minute)))
	_, err = http.ReadResponse(bufio.NewReader(second), nil)
	require.NoError(t, err)
}

func TestServeKeepsHooks(t *testing.T) {
	type key struct{}
	states := make(chan http.ConnState, 10)
	r := serve(t, func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, r.Context().Value(key{}), netx.Draining(r.Context()) != r.Context())
	}, httpx.ServeOptions{Server: &http.Server{
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, key{}, "mine") },
		ConnState:   func(_ net.Conn, s http.ConnState) { states <- s },
	}})
	body, _ := get(t, client(t), "http://"+r.addr)
	assert.Equal(t, "mine true\n", body)
	assert.Equal(t, http.StateNew, <-states)
	assert.PanicsWithValue(t, "httpx: Serve with MaxConns -2", func() {
		httpx.Serve(t.Context(), nil, nil, httpx.ServeOptions{MaxConns: -2})
	})
}
