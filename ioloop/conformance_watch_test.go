//go:build unix && !aix

package ioloop_test

import (
	"net"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop"
	"github.com/fanfold/fanfold/ioloop/poll"
)

// The behaviours of asyncio's selector loop: watches of descriptors, in bubbles.
func TestConformanceWatches(t *testing.T) {
	const prefix = "test_asyncio/test_selector_events/BaseSelectorEventLoopTests/"
	for _, c := range []struct {
		name              string
		want, is, renewed poll.Events // wanted; what it is; wanted after a change
		called, after     poll.Events // what f is called with; after the change
	}{
		{name: "test_add_reader", want: poll.Readable, is: poll.Readable, called: poll.Readable, renewed: poll.Readable, after: poll.Readable},
		{name: "test_add_reader_existing_writer", want: poll.Writable, is: poll.Readable, renewed: poll.Readable | poll.Writable, after: poll.Readable},
		{name: "test_remove_reader_read_write", want: poll.Readable | poll.Writable, is: poll.Readable | poll.Writable, called: poll.Readable | poll.Writable, renewed: poll.Writable, after: poll.Writable},
		{name: "test_add_writer", want: poll.Writable, is: poll.Writable, called: poll.Writable, renewed: poll.Writable, after: poll.Writable},
		{name: "test_remove_writer_read_write", want: poll.Readable | poll.Writable, is: poll.Readable | poll.Writable, called: poll.Readable | poll.Writable, renewed: poll.Readable, after: poll.Readable},
		{name: "test_process_events_read", want: poll.Readable, is: poll.Readable | poll.Writable, called: poll.Readable, renewed: poll.Readable, after: poll.Readable},
		{name: "test_process_events_write", want: poll.Writable, is: poll.Readable | poll.Writable, called: poll.Writable, renewed: poll.Writable, after: poll.Writable},
	} {
		t.Run(prefix+c.name, func(t *testing.T) {
			bubble(t, func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
				var called poll.Events
				w, err := l.Watch(1, c.want, func(is poll.Events) { called = is })
				require.NoError(t, err)
				script.Set(1, c.is)
				turn := func() poll.Events {
					called = 0
					l.Soon(l.Stop)
					run(t, l)
					return called
				}
				require.Equal(t, c.called, turn())
				require.NoError(t, w.Modify(c.renewed))
				require.Equal(t, c.after, turn())
			})
		})
	}
	for name, want := range map[string]poll.Events{
		"test_remove_reader":                  poll.Readable,
		"test_remove_writer":                  poll.Writable,
		"test_remove_reader_unknown":          poll.Readable,
		"test_remove_writer_unknown":          poll.Writable,
		"test_process_events_read_cancelled":  poll.Readable,
		"test_process_events_write_cancelled": poll.Writable,
	} {
		t.Run(prefix+name, func(t *testing.T) {
			bubble(t, func(t *testing.T, l *ioloop.Loop, script *poll.Script) {
				// Both are ready in one turn, and the first that is called stops the other.
				var watches [2]*ioloop.Watch
				calls := 0
				for i := range watches {
					script.Set(i, want)
					var err error
					watches[i], err = l.Watch(i, want, func(poll.Events) { calls++; watches[1-i].Stop() })
					require.NoError(t, err)
				}
				l.Soon(l.Stop)
				run(t, l)
				require.Equal(t, 1, calls)
				require.Equal(t, 1, l.Stats().Watches)
				for _, w := range watches {
					w.Stop()
					w.Stop() // unknown by now
					require.ErrorIs(t, w.Modify(want), poll.ErrStale)
				}
				require.Zero(t, l.Stats().Watches)
			})
		})
	}
	t.Run(prefix+"test_close", func(t *testing.T) {
		bubble(t, func(t *testing.T, l *ioloop.Loop, _ *poll.Script) {
			require.NoError(t, l.Close())
			require.ErrorIs(t, l.Close(), ioloop.ErrClosed)
			require.ErrorIs(t, l.Run(t.Context()), ioloop.ErrClosed)
			_, err := l.Watch(0, poll.Readable, func(poll.Events) {})
			require.ErrorIs(t, err, ioloop.ErrClosed)
		})
	})
	t.Run(prefix+"test_accept_connection_multiple", func(t *testing.T) {
		each(t, func(t *testing.T, l *ioloop.Loop) {
			const n = 100
			opened := make(chan struct{}, n)
			s, err := l.Serve(listen(t), func(*ioloop.Conn) *ioloop.Handler { opened <- struct{}{}; return &ioloop.Handler{} })
			require.NoError(t, err)
			var wait sync.WaitGroup
			for range n {
				wait.Go(func() {
					if c, err := net.Dial("tcp", s.Addr().String()); err == nil {
						c.Close()
					}
				})
			}
			for range n {
				<-opened
			}
			wait.Wait()
			require.NoError(t, s.Shutdown(t.Context()))
		})
	})
}
