package manager

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// A Manager is a server of objects, or a connection to one. Make it with [Start] or [Dial],
// end it with Close. All methods are safe for concurrent use. A Manager travels in
// arguments and results of functions; one that has arrived need not be closed.
//
// ("multiprocessing.managers.SyncManager")
type Manager struct {
	h       *hub
	closing *sync.Once
	owned   *served // the server, of a manager made by Start
}

// Start starts a server in a process of its own, which ends with this process, and connects
// to it. It blocks until the server is ready, usually for 5 ms. When ctx ends before, Start
// ends the server and returns the cause of ctx; ctx has no effect afterwards. With
// Options.Here the server is in this process. At most one Options may be given.
//
// The error is one of ipc.Process.Start, such as ipc.ErrNoMain, or of conn.Listen: an
// *fs.PathError for an Addr that cannot be used, which matches fs.ErrExist if it exists. It
// matches [ErrSnapshot] for an Options.Restore that is no snapshot.
//
// ("multiprocessing.Manager")
func Start(ctx context.Context, options ...Options) (*Manager, error) {
	o := optional.One("manager", "Start", options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if len(o.AuthKey) == 0 {
		o.AuthKey = make([]byte, 32)
		rand.Read(o.AuthKey)
	}
	start := startProcess
	if o.Here {
		start = startHere
	}
	var snapshot []byte
	if o.Restore != nil {
		var err error
		if snapshot, err = io.ReadAll(o.Restore); err != nil {
			return nil, err
		}
	}
	owned, err := start(ctx, o, snapshot)
	if err != nil {
		return nil, err
	}
	m := &Manager{h: hubOf(place{owned.addr, string(o.AuthKey), o.AllowMD5}, true), closing: new(sync.Once), owned: owned}
	if _, err := m.h.connected(ctx); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Dial connects to a server at addr, which has the AuthKey of options. It blocks until the
// connection is made. When ctx ends first, the error is its cause. Other errors match
// conn.ErrAuth, or are an *fs.PathError where no server is. The managers and proxies of a
// process that have the same server share a connection. At most one Options may be given.
//
// ("multiprocessing.managers.BaseManager.connect")
func Dial(ctx context.Context, addr string, options ...Options) (*Manager, error) {
	o := optional.One("manager", "Dial", options)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if abs, err := filepath.Abs(addr); err == nil {
		addr = abs
	}
	m := &Manager{h: hubOf(place{addr, string(o.AuthKey), o.AllowMD5}, true), closing: new(sync.Once)}
	if _, err := m.h.connected(ctx); err != nil {
		return nil, errors.Join(err, m.Close())
	}
	return m, nil
}

// Addr returns the path of the server's socket, for Dial.
func (m *Manager) Addr() string { return m.hub().at.addr }

// AuthKey returns the secret of the server, for Dial.
func (m *Manager) AuthKey() []byte { return []byte(m.hub().at.key) }

// Done returns a channel that is closed when the connection to the server has ended: the
// server has, or all managers of this process that use it are closed. From the first call
// of Done on a thread waits for that. A manager that has arrived and was not used yet is
// connected by Done, in the background.
func (m *Manager) Done() <-chan struct{} {
	h := m.hub()
	h.mu.Lock()
	s := h.session
	h.mu.Unlock()
	if s != nil {
		return s.Done()
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if s, err := h.connected(context.Background()); err == nil {
			<-s.Done()
		}
	}()
	return done
}

// Close ends the server, if Start has made it: the proxies of all processes then return
// errors matching [ErrGone]. It blocks until the server has ended. After Dial, Close ends
// the connection when no other Manager of this process that was made by Dial or Start uses
// it. Proxies of it then return errors matching [ErrClosed]. Close may be called again.
// The error says that the server had ended before, and how.
func (m *Manager) Close() (err error) {
	if m.closing == nil {
		return nil // it has arrived
	}
	m.closing.Do(func() {
		m.h.leave()
		if m.owned != nil {
			err = m.owned.end()
		}
	})
	return err
}

func (m *Manager) hub() *hub {
	if m == nil || m.h == nil {
		panic("manager: Manager not made by Start or Dial")
	}
	return m.h
}

// MarshalBinary encodes the manager for another process: its address and its secret.
func (m *Manager) MarshalBinary() ([]byte, error) { return m.hub().at.append(nil), nil }

// UnmarshalBinary makes m the manager that MarshalBinary has encoded. It does not connect;
// the first call does.
func (m *Manager) UnmarshalBinary(data []byte) error {
	r := msg.Reader{B: data}
	at := placeFrom(&r)
	if r.Bad || len(r.B) > 0 {
		return errors.New("manager: what came is no Manager")
	}
	m.h, m.closing, m.owned = hubOf(at, false), nil, nil
	return nil
}

func (at place) append(b []byte) []byte {
	md5 := uint64(0)
	if at.md5 {
		md5 = 1
	}
	return msg.Uint(msg.Bytes(msg.Bytes(b, at.addr), at.key), md5)
}

func placeFrom(r *msg.Reader) place {
	return place{r.String(), r.String(), r.Uint() == 1}
}

// A served is a server that Start has made.
type served struct {
	addr   string
	stop   context.CancelFunc
	over   <-chan struct{}
	why    func() error
	signal func(os.Signal) error // for tests; nil in this process
	pid    int                   // for tests; 0 in this process
}

// end ends the server and waits until it has ended.
func (s *served) end() error {
	gone := false
	select {
	case <-s.over:
		gone = true
	default:
	}
	s.stop()
	<-s.over
	err := s.why()
	if _, ok := err.(*CallError); ok { // stop has ended it
		return nil
	}
	if err == nil && gone {
		err = ErrGone
	}
	return err
}

// leftover removes the socket of a server that could not do so itself.
func leftover(addr string) {
	os.Remove(addr)
	os.Remove(filepath.Dir(addr))
}
