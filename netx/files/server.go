package files

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fanfold/fanfold/netx/files/internal/account"
	"github.com/fanfold/fanfold/netx/files/internal/pace"
)

// A Server is an http.Handler that takes and gives files. [NewServer] makes it. It holds no
// goroutine, and needs no end.
type Server struct {
	storage Storage
	o       ServerOptions
	books   *account.Books
	cross   *http.CrossOriginProtection
	origins map[string]bool
	names   keyed // held while a name gets another file
	active  active
}

// NewServer returns a server of a storage. http.StripPrefix mounts it anywhere, since its
// links are relative:
//
//	mux.Handle("/files/", http.StripPrefix("/files", files.NewServer(storage)))
//
// It answers, below its prefix:
//
//	GET /                the page: a form, which works without JavaScript, and the list
//	POST /upload         a form with one or more files
//	PUT /uploads/name    a file as the body; If-Match, If-None-Match, Repr-Digest
//	GET /uploads/name    a file; HEAD too; ranges, ETag, Repr-Digest
//	DELETE /uploads/name if Access allows it
//	GET /uploads/        the list in JSON, in pages: ?after=name&limit=100
//	/tus/                resumable uploads by tus 1.0: creation, creation-with-upload,
//	                     creation-defer-length, termination, checksum, expiration
//
// Answers are plain text, or JSON where Accept asks for it. An upload is a file when its last
// byte has come, and nothing before. A refusal is sent at once, and up to 16 MiB of the body
// are read and dropped, so that a client gets it that reads nothing while it sends.
//
// NewServer panics if storage is nil, or an option is out of range, or an origin is none.
func NewServer(storage Storage, options ...ServerOptions) *Server {
	if storage == nil {
		panic("files: NewServer with a nil Storage")
	}
	s := &Server{storage: storage, o: serverOptions(options), cross: http.NewCrossOriginProtection(), origins: map[string]bool{}}
	for _, origin := range s.o.Origins {
		if err := s.cross.AddTrustedOrigin(origin); err != nil {
			panic("files: NewServer: " + err.Error())
		}
		s.origins[origin] = true
	}
	s.books = account.New(s.o.MaxTotal, int64(s.o.MaxFiles), s.count)
	return s
}

// A request is a request with what its handler needs of the server.
type request struct {
	*Server
	w    http.ResponseWriter
	r    *http.Request
	body *pace.Body
	ctx  context.Context // goes on when the client has gone

	stored []Info // by a form, before one that was refused
}

// ServeHTTP answers a request, as [NewServer] says. It blocks until the request is answered.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	control := http.NewResponseController(w)
	q := &request{
		Server: s, w: w, r: r, ctx: context.WithoutCancel(r.Context()),
		body: pace.NewBody(r.Body, control.SetReadDeadline, pace.Limit{Stall: s.o.Stall, Rate: s.o.MinRate}),
	}
	if r.Body == nil || r.Body == http.NoBody {
		q.body = pace.NewBody(http.NoBody, func(time.Time) error { return nil }, pace.Limit{})
	}
	defer q.body.Done()
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'; sandbox")
	h.Set("Referrer-Policy", "no-referrer")
	if s.allowOrigin(w, r) {
		return
	}
	if err := s.cross.Check(r); err != nil {
		q.refuse(refused(http.StatusForbidden, "a request from another site"))
		return
	}
	if err := q.serve(); err != nil {
		q.refuse(err)
	}
}

// serve answers a request, or returns why not.
func (q *request) serve() error {
	path := strings.TrimPrefix(q.r.URL.Path, "/")
	if strings.ContainsRune(path, 0) {
		return errNotFound
	}
	switch dir, name, _ := strings.Cut(path, "/"); {
	case path == "":
		return q.only(q.page, "GET", "HEAD")
	case path == "upload":
		return q.only(q.form, "POST")
	case dir == "uploads" && name == "":
		return q.only(q.list, "GET", "HEAD")
	case dir == "uploads":
		return q.file(name)
	case dir == "tus":
		return q.tus(name, path == "tus")
	}
	return errNotFound
}

// only calls f if the method is one of those.
func (q *request) only(f func() error, methods ...string) error {
	if slices.Contains(methods, q.r.Method) {
		return f()
	}
	q.w.Header().Set("Allow", strings.Join(methods, ", "))
	if q.r.Method == http.MethodOptions {
		q.w.WriteHeader(http.StatusNoContent)
		return nil
	}
	return refused(http.StatusMethodNotAllowed, "the method is not allowed")
}

// file answers a request for a file.
func (q *request) file(name string) error {
	if !isClean(name) {
		return errNotFound
	}
	return q.only(func() error {
		switch q.r.Method {
		case "PUT":
			return q.put(name)
		case "DELETE":
			return q.remove(name)
		}
		return q.get(name)
	}, "GET", "HEAD", "PUT", "DELETE")
}

// allowed asks Access.
func (q *request) allowed(op Op, name string) error {
	if err := q.o.Access(q.r, op, name); err != nil {
		return &accessError{err}
	}
	return nil
}

// keyed are locks by name. The zero value works.
type keyed struct {
	mu    sync.Mutex
	locks map[string]*keyedLock
}

type keyedLock struct {
	sync.Mutex
	users int // those who hold the lock or wait for it; guarded by keyed.mu
}

// lock waits for the lock of a name, and returns what unlocks it.
func (k *keyed) lock(name string) (unlock func()) {
	k.mu.Lock()
	if k.locks == nil {
		k.locks = map[string]*keyedLock{}
	}
	l := k.locks[name]
	if l == nil {
		l = &keyedLock{}
		k.locks[name] = l
	}
	l.users++
	k.mu.Unlock()
	l.Lock()
	return func() {
		l.Unlock()
		k.mu.Lock()
		defer k.mu.Unlock()
		if l.users--; l.users == 0 {
			delete(k.locks, name)
		}
	}
}
