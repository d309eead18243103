package ioloop

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

// A File is read and written without blocking the caller: on the pool of the loop, or by
// the kernel where the loop has a ring. [Loop.Open] opens files. Any goroutine may call the methods, callbacks included: they
// do not block. With a ring futures end while the loop runs.
//
// A buffer belongs to the file until the future that has it ends. A future that is
// canceled before its call has begun ends at once. One that is canceled later ends when
// the system call has returned, or the kernel has let go of the buffer. Futures end in no
// particular order. In a callback, [Deliver] their results. When too many calls wait, a
// future fails with [concurrent.ErrFull]. After Close it fails with [ErrClosed].
//
// A read of what the system has in memory costs a switch between goroutines more than
// [os.File.ReadAt], which is the better choice in a goroutine that may block.
type File struct {
	loop *Loop
	file *os.File
	ring *ringFile // nil: calls run on the pool
}

// The pool that a loop has for files if it is given none.
const (
	fileWorkers = 16
	fileQueue   = 4096
)

// filePool returns the pool for what blocks.
func (l *Loop) filePool() *concurrent.Pool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.options.Pool != nil {
		return l.options.Pool
	}
	if l.pool == nil {
		l.pool = concurrent.NewPool(concurrent.PoolOptions{Workers: fileWorkers, Queue: fileQueue, Policy: concurrent.Reject})
		if l.state == closed {
			l.pool.Close()
		}
	}
	return l.pool
}

// closeFiles closes the files that are open, and the loop's own pool, whose calls it
// waits for.
func (l *Loop) closeFiles() {
	l.mu.Lock()
	pool, files := l.pool, l.files
	l.files = nil
	l.mu.Unlock()
	for f := range files {
		f.file.Close()
	}
	if pool != nil {
		pool.Close()
	}
}

// submit gives the pool a call.
func submit[T any](ctx context.Context, l *Loop, f func(context.Context) (T, error)) *concurrent.Future[T] {
	if l.isClosed() {
		p := concurrent.NewPromise[T]()
		p.Reject(ErrClosed)
		return p.Future()
	}
	return concurrent.SubmitFunc(ctx, l.filePool(), func(ctx context.Context) (T, error) {
		v, err := f(ctx)
		if errors.Is(err, fs.ErrClosed) {
			err = ErrClosed
		}
		return v, err
	})
}

// openFile opens a file without waiting for another process: a worker of the pool that
// waits for one could not be called back, and Close of the loop would wait for it. A pipe
// is refused: without a writer it would seem to be empty.
func openFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag|nonblock, perm)
	if err != nil {
		return nil, err
	}
	if err := refusePipe(f); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// refusePipe returns an error if f is a pipe.
func refusePipe(f *os.File) error {
	st, err := f.Stat()
	if err == nil && st.Mode()&fs.ModeNamedPipe != 0 {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: errPipe}
	}
	return err
}

var errPipe = fmt.Errorf("a pipe is a stream: open it with package os, and adopt it: %w", errors.ErrUnsupported)

// heeding calls f, whose calls of file end when ctx does, also those that wait for a terminal.
func heeding(ctx context.Context, file *os.File, f func() error) error {
	defer context.AfterFunc(ctx, func() { file.SetDeadline(time.Now()) })()
	err := f()
	if errors.Is(err, os.ErrDeadlineExceeded) && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Open opens a file as os.OpenFile does, but for a named pipe, which gives
// errors.ErrUnsupported. Python: open, in run_in_executor.
func (l *Loop) Open(ctx context.Context, name string, flag int, perm fs.FileMode) *concurrent.Future[*File] {
	if l.ring != nil {
		return openByRing(ctx, l, name, flag, perm)
	}
	return submit(ctx, l, func(context.Context) (*File, error) {
		file, err := openFile(name, flag, perm)
		if err != nil {
			return nil, err
		}
		f := &File{loop: l, file: file}
		if !l.keepFile(f) {
			file.Close()
			return nil, ErrClosed
		}
		return f, nil
	})
}

// keepFile notes that f is open. It reports false if the loop is closed.
func (l *Loop) keepFile(f *File) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.state == closed {
		return false
	}
	if l.files == nil {
		l.files = map[*File]struct{}{}
	}
	l.files[f] = struct{}{}
	return true
}

// pieceSize is how much ReadFile and WriteFile do before they look at ctx.
const pieceSize = 1 << 20

// ReadFile reads a whole file, as os.ReadFile does, until ctx ends. A named pipe gives
// errors.ErrUnsupported.
func (l *Loop) ReadFile(ctx context.Context, name string) *concurrent.Future[[]byte] {
	if l.ring != nil {
		return readFileByRing(ctx, l, name)
	}
	return submit(ctx, l, func(ctx context.Context) (all []byte, err error) {
		f, err := openFile(name, os.O_RDONLY, 0)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		err = heeding(ctx, f, func() error {
			all, err = readAll(ctx, f)
			return err
		})
		if err != nil {
			return nil, err
		}
		return all, nil
	})
}

// readAll reads f to its end.
func readAll(ctx context.Context, f *os.File) (all []byte, err error) {
	if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
		all = make([]byte, 0, min(st.Size(), pieceSize)+1) // one more finds the end
	}
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if len(all) == cap(all) {
			all = append(all, 0)[:len(all)]
		}
		n, err := f.Read(all[len(all):min(cap(all), len(all)+pieceSize)])
		all = all[:len(all)+n]
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// WriteFile writes a whole file, as os.WriteFile does, until ctx ends. A part is written
// then. A named pipe gives errors.ErrUnsupported, or ENXIO if nothing reads from it.
func (l *Loop) WriteFile(ctx context.Context, name string, data []byte, perm fs.FileMode) *concurrent.Future[struct{}] {
	if l.ring != nil {
		return writeFileByRing(ctx, l, name, data, perm)
	}
	return submit(ctx, l, func(ctx context.Context) (none struct{}, err error) {
		f, err := openFile(name, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, perm)
		if err != nil {
			return none, err
		}
		err = heeding(ctx, f, func() error { return writeAll(ctx, f, data) })
		return none, errors.Join(err, f.Close())
	})
}

// writeAll writes data to f.
func writeAll(ctx context.Context, f *os.File, data []byte) error {
	for len(data) > 0 {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := f.Write(data[:min(len(data), pieceSize)])
		if err != nil {
			return err
		}
		data = data[n:]
	}
	return nil
}

// ReadAt reads into p from an offset in bytes, as [os.File.ReadAt] does: fewer bytes come
// with an error, which is io.EOF at the end of the file.
func (f *File) ReadAt(ctx context.Context, p []byte, off int64) *concurrent.Future[int] {
	if f.ring.takes(off, false) {
		return f.transferByRing(ctx, p, off, false)
	}
	return submit(ctx, f.loop, func(context.Context) (int, error) { return f.file.ReadAt(p, off) })
}

// WriteAt writes p at an offset in bytes, as [os.File.WriteAt] does.
func (f *File) WriteAt(ctx context.Context, p []byte, off int64) *concurrent.Future[int] {
	if f.ring.takes(off, true) {
		return f.transferByRing(ctx, p, off, true)
	}
	return submit(ctx, f.loop, func(context.Context) (int, error) { return f.file.WriteAt(p, off) })
}

// Sync writes the file's contents to the disk, as [os.File.Sync] does.
func (f *File) Sync(ctx context.Context) *concurrent.Future[struct{}] {
	if f.ring.takes(0, false) {
		return f.syncByRing(ctx)
	}
	return submit(ctx, f.loop, func(context.Context) (none struct{}, err error) { return none, f.file.Sync() })
}

// A ringFile is what a file has whose calls the kernel carries out. The descriptor stays
// open until the last one has ended.
type ringFile struct {
	number  int
	appends bool
	users   int  // calls that have not ended; guarded by the loop's mu
	closed  bool // likewise
}

// takes reports whether the kernel carries a call out: package os answers what it would
// refuse.
func (r *ringFile) takes(off int64, write bool) bool {
	return r != nil && off >= 0 && !(write && r.appends)
}

// acquire keeps the descriptor open for a call. It reports false after Close. A nil File has
// none.
func (f *File) acquire() bool {
	if f == nil {
		return true
	}
	f.loop.mu.Lock()
	defer f.loop.mu.Unlock()
	if f.ring.closed {
		return false
	}
	f.ring.users++
	return true
}

// release ends acquire.
func (f *File) release() {
	if f == nil {
		return
	}
	f.loop.mu.Lock()
	f.ring.users--
	last := f.ring.closed && f.ring.users == 0
	f.loop.mu.Unlock()
	if last {
		f.file.Close()
	}
}

// lineLimit is the longest line of Lines.
const lineLimit = 1 << 20

// Lines yields the lines of the file from its beginning, without their ends, "\n" or
// "\r\n". The last pair has the error if there is one: the cause of ctx, a
// [*TooLongError] for a line of more than 1 MiB, or an error of reading. It blocks, and
// is for goroutines.
func (f *File) Lines(ctx context.Context) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		lines := bufio.NewScanner(&fileReader{ctx: ctx, f: f})
		lines.Buffer(nil, lineLimit)
		for lines.Scan() {
			if !yield(lines.Text(), nil) {
				return
			}
		}
		switch err := lines.Err(); err {
		case nil:
		case bufio.ErrTooLong:
			yield("", &TooLongError{lineLimit})
		default:
			yield("", err)
		}
	}
}

// A fileReader reads a file by its futures. When ctx ends it waits until the buffer is free.
type fileReader struct {
	ctx context.Context
	f   *File
	off int64
}

func (r *fileReader) Read(p []byte) (int, error) {
	n, err := r.f.ReadAt(r.ctx, p, r.off).Result(context.Background())
	r.off += int64(n)
	if n > 0 && err == io.EOF {
		err = nil
	}
	return n, err
}

// Name returns the name that was given to Open.
func (f *File) Name() string { return f.file.Name() }

// Close closes the file when the calls that have begun have returned. It does not wait for
// them. A second Close returns [ErrClosed].
func (f *File) Close() error {
	f.loop.mu.Lock()
	delete(f.loop.files, f)
	if r := f.ring; r != nil {
		was := r.closed
		r.closed = true
		if was || r.users > 0 { // release closes it
			f.loop.mu.Unlock()
			if was {
				return ErrClosed
			}
			return nil
		}
	}
	f.loop.mu.Unlock()
	err := f.file.Close()
	if errors.Is(err, fs.ErrClosed) {
		return ErrClosed
	}
	return err
}
