package httpx

import (
	"io"
	"net/http"

	"github.com/fanfold/fanfold/netx/internal/sock"
)

// connKey is the key of the *sock.Conn of a request, in its context.
type connKey struct{}

// A watcher calls a handler, and tells the watch of the connection when the handler waits
// for the client. http.Server reads from a connection all the time, so reads do not show it.
type watcher struct {
	server  *server
	handler http.Handler
}

func (w *watcher) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.server.handlers.Add(1)
	defer w.server.end()
	if r.ProtoMajor >= 2 && r.TLS == nil {
		refuse(rw, http.StatusHTTPVersionNotSupported) // as a client begins that hopes for it
		return
	}
	conn, _ := r.Context().Value(connKey{}).(*sock.Conn)
	if conn == nil {
		w.handler.ServeHTTP(rw, r)
		return
	}
	if own, ok := conn.User.(*connection); ok && own.head.contradictory() {
		refuse(rw, http.StatusBadRequest)
		return
	}
	if r.Body != nil && r.Body != http.NoBody {
		r.Body = &watchedBody{r.Body, &conn.Watch}
	}
	if r.ProtoMajor < 2 {
		// What the handler has not read of the body http.Server reads, without a limit
		// to its time: that ends with the next state of the connection.
		defer conn.Watch.Open()
		w.handler.ServeHTTP(rw, r)
		return
	}
	w.handler.ServeHTTP(&watchedWriter{rw, &conn.Watch}, r)
}

// refuse answers a request that no handler gets, and ends its connection.
func refuse(rw http.ResponseWriter, code int) {
	rw.Header().Set("Connection", "close")
	http.Error(rw, http.StatusText(code), code)
}

// A watchedBody tells when it waits.
type watchedBody struct {
	io.ReadCloser
	watch *sock.Watch
}

func (b *watchedBody) Read(p []byte) (int, error) {
	b.watch.Begin()
	defer b.watch.End(0) // the connection counts its bytes
	return b.ReadCloser.Read(p)
}

// A watchedWriter tells when it waits. With HTTP/2 a writer waits for the client to allow
// more, and the connection writes nothing meanwhile. HTTP/1 needs none, and its
// io.ReaderFrom stays to be seen.
type watchedWriter struct {
	http.ResponseWriter
	watch *sock.Watch
}

func (w *watchedWriter) Write(p []byte) (int, error) {
	w.watch.Begin()
	defer w.watch.End(0)
	return w.ResponseWriter.Write(p)
}

// Flush is that of http.Flusher.
func (w *watchedWriter) Flush() { w.FlushError() }

// FlushError is what http.ResponseController calls.
func (w *watchedWriter) FlushError() error {
	w.watch.Begin()
	defer w.watch.End(0)
	return http.NewResponseController(w.ResponseWriter).Flush()
}

// Push is that of http.Pusher.
func (w *watchedWriter) Push(target string, options *http.PushOptions) error {
	if p, ok := w.ResponseWriter.(http.Pusher); ok {
		return p.Push(target, options)
	}
	return http.ErrNotSupported
}

// Unwrap returns the writer inside, for http.ResponseController.
func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
