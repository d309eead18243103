package ipc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/fanfold/fanfold/internal/foreign"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc/internal/child"
	"github.com/fanfold/fanfold/ipc/internal/fds"
	"github.com/fanfold/fanfold/ipc/internal/link"
	"github.com/fanfold/fanfold/ipc/internal/remote"
)

// ProfileOptions are the choices of [Pool.Profile]. The zero value of each field is
// its default.
type ProfileOptions struct {
	// Duration is how long the profiles "cpu" and "trace" record; 0 means 10 s.
	Duration time.Duration

	// Debug chooses the format of other profiles, as in pprof.Profile.WriteTo: 0 is
	// for go tool pprof, 1 and 2 are text. "goroutine" with 2 has the form of a crash.
	Debug int

	// MaxSize bounds the size of the profile in bytes; 0 means 256 MiB.
	MaxSize int
}

var (
	// ErrNoWorker matches the error of a [Pool.Profile] for a process id that no
	// worker of the pool has.
	ErrNoWorker = errors.New("ipc: no such worker")

	// ErrNoProfile matches the error of a [Pool.Profile] for a kind of profile that
	// the worker does not have.
	ErrNoProfile = errors.New("ipc: no such profile")
)

const defaultProfile = 10 * time.Second

// Profile takes a profile of a worker while it runs, also during a call that never
// returns, and writes it to w as it arrives. pid is the process id of the worker, from
// [Pool.Workers].
//
// name is "cpu", or "trace" for go tool trace, or the name of a profile of
// runtime/pprof in the worker: "goroutine", "heap", "allocs", "threadcreate", or one
// that its program has made. "block" and "mutex" need the program to have set their
// rates. Samples of functions have the label ipc.func.
//
// Profile blocks until the profile is complete; "cpu" and "trace" take Duration. When
// ctx ends before, or when w fails, Profile returns context.Cause(ctx) or the error of
// w within a second, and the worker stops recording. A stopped process (SIGSTOP) sends
// no profile: give ctx a deadline.
//
// The error matches [ErrNoWorker] if no worker has this id, [ErrClosed] if the pool
// has ended, and [ErrNoProfile] if there is no such profile. It is a [*TooLargeError]
// beyond MaxSize, and a [*ProcessDiedError] if the worker ended meanwhile. A
// [*RemoteError] says why the worker cannot take the profile: a process records one
// "cpu" and one "trace" at a time. After an error w has received a part. Profile
// panics if an option is negative, or if more than one ProfileOptions is given.
func (p *Pool) Profile(ctx context.Context, pid int, name string, w io.Writer, options ...ProfileOptions) error {
	o := optional.One("ipc", "Pool.Profile", options)
	if o.Duration < 0 || o.Debug < 0 || o.MaxSize < 0 {
		panic(fmt.Sprintf("ipc: Pool.Profile: Duration is %v, Debug %d and MaxSize %d, want 0 or more", o.Duration, o.Debug, o.MaxSize))
	}
	if o.Duration == 0 {
		o.Duration = defaultProfile
	}
	if o.MaxSize == 0 {
		o.MaxSize = defaultMaxMessage
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if len(name) > link.MaxName {
		return fmt.Errorf("%w: a name of %d bytes", ErrNoProfile, len(name))
	}
	p.mustBeMade()
	worker, err := p.worker(pid)
	if err != nil {
		return err
	}
	g := foreign.Guard(ctx)
	defer g.Raise()
	return worker.profile(g, name, w, &o)
}

// worker returns the worker with that process id.
func (p *Pool) worker(pid int) (*worker, error) {
	var found *worker
	p.sched.Each(func(s *seat) {
		if w := workerOf(s); w.Pid == pid {
			found = w
		}
	})
	if found != nil {
		return found, nil
	}
	select {
	case <-p.sched.Ended():
		return nil, fmt.Errorf("ipc: Pool.Profile: %w", errPoolClosed)
	default:
		return nil, fmt.Errorf("%w: %d", ErrNoWorker, pid)
	}
}

// profilePatience is how long the control socket may take a request.
const profilePatience = time.Second

// profile has the worker write a profile to a socket, and reads it. The worker takes
// the end of the socket as the end of the request.
func (w *worker) profile(ctx context.Context, name string, to io.Writer, o *ProfileOptions) error {
	ours, theirs, err := fds.SocketPair("profile")
	if err != nil {
		return err
	}
	defer ours.Close()
	f := link.Frame{Kind: link.KindProfile, Name: name, Call: uint64(o.Debug), Deadline: int64(o.Duration)}
	sent := w.control.Request(ctx, f, theirs, profilePatience)
	theirs.Close()
	if sent != nil {
		_ = ours.SetReadDeadline(time.Now()) // and see who is to blame
	}
	stop := context.AfterFunc(ctx, func() { _ = ours.SetReadDeadline(time.Now()) })
	defer stop()
	over := make(chan struct{})
	defer close(over)
	go func() {
		select {
		case <-w.Exited: // something that it started may hold the socket
			_ = ours.SetReadDeadline(time.Now().Add(child.Patience))
		case <-over:
		}
	}()
	err = readProfile(ctx, ours, name, to, o.MaxSize)
	var lost lostProfile
	switch {
	case !errors.As(err, &lost):
		return err
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case sent != nil && os.IsTimeout(sent):
		return fmt.Errorf("ipc: worker %d has not taken the request for a profile: %w", w.Pid, sent)
	}
	// A worker that ends closes the socket first.
	select {
	case <-w.Died:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(profilePatience):
		return fmt.Errorf("ipc: worker %d has broken off its %s profile: %w", w.Pid, name, lost.error)
	}
	return w.obituary("profile "+name, nil)
}

// A lostProfile is how the reading of a profile ended that did not come to its end.
type lostProfile struct{ error }

// readProfile reads a profile from r and writes it to w. It comes in results, of which
// an empty one is the last, or ends with an error. From the worker come only bytes.
func readProfile(ctx context.Context, r io.Reader, name string, w io.Writer, limit int) error {
	in := bufio.NewReaderSize(r, 16<<10)
	scratch := make([]byte, profilePart)
	for size := 0; ; {
		f, err := link.ReadFrame(in, max(profilePart, remote.MaxSize), scratch)
		switch {
		case err == io.EOF:
			return lostProfile{io.ErrUnexpectedEOF}
		case err != nil:
			return lostProfile{err}
		case f.Kind == link.KindError:
			return remote.Unpack(ctx, name, 0, f.Body)
		case f.Kind != link.KindResult:
			return lostProfile{link.ErrProtocol}
		case len(f.Body) == 0:
			return nil
		}
		if size += f.Size(); size > limit {
			return &TooLargeError{Func: name, What: "profile", Size: size, Limit: limit}
		}
		if _, err := w.Write(f.Body); err != nil {
			return err
		}
	}
}

// profilePart is how much of a profile travels in one frame.
const profilePart = 32 << 10
