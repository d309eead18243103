package child

import (
	"bytes"
	"io"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// stuck is a writer that takes what it is told to.
type stuck struct {
	bytes.Buffer
	take chan bool
}

func (s *stuck) Write(p []byte) (int, error) {
	<-s.take
	return s.Buffer.Write(p)
}

// A writer that takes nothing holds its children up while they live, and the dead once.
func TestForwarder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{take: make(chan bool)}
		f := NewForwarder(w)
		exited := make(chan struct{})
		child := f.of(exited)
		var written atomic.Int64
		go func() {
			for range 20 { // one is with the writer, 16 wait
				n, err := child.Write([]byte("x"))
				written.Add(int64(n))
				if err != nil {
					panic(err)
				}
			}
		}()
		synctest.Wait()
		require.EqualValues(t, 17, written.Load())
		close(exited)
		synctest.Wait()
		require.EqualValues(t, 17, written.Load())
		time.Sleep(WriterPatience)
		synctest.Wait()
		require.EqualValues(t, 20, written.Load())
		begun := time.Now()
		f.Stop()
		require.Equal(t, WriterPatience, time.Since(begun))
		f.Stop()
		require.Equal(t, WriterPatience, time.Since(begun))
		close(w.take)
		synctest.Wait()
		require.Equal(t, "x", w.String(), "what is left is dropped")
	})
}

// A writer that is behind, and goes on, gets all that the dead have written, and so does
// one that was stuck and goes on again.
func TestWordsOfTheDead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{take: make(chan bool)}
		f := NewForwarder(w)
		exited := make(chan struct{})
		close(exited)
		child := f.of(exited)
		write := func(n int) {
			for range n {
				_, err := child.Write([]byte("x"))
				require.NoError(t, err)
			}
		}
		take := func(n int) {
			for range n {
				time.Sleep(WriterPatience * 9 / 10)
				w.take <- true
			}
		}
		go take(23)
		write(40) // 23 are taken, one is with the writer, 16 wait
		begun := time.Now()
		write(1) // there is no room, and the writer does not go on
		require.Equal(t, WriterPatience, time.Since(begun))
		write(5)
		require.Equal(t, WriterPatience, time.Since(begun))
		go take(37)
		time.Sleep(WriterPatience)
		synctest.Wait()
		write(20)
		f.Stop()
		require.Len(t, w.String(), 60)
	})
}

// A writer that goes on gets all of it, if there is patience.
func TestSlowWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{take: make(chan bool)}
		f := NewForwarder(w)
		for range 10 {
			_, err := f.of(nil).Write([]byte("x"))
			require.NoError(t, err)
		}
		go func() {
			for range 10 {
				time.Sleep(WriterPatience * 9 / 10)
				w.take <- true
			}
		}()
		f.Stop()
		require.Equal(t, "xxxxxxxxxx", w.String())
	})
}

// A writer that cannot be compared.
type incomparable []int

func (incomparable) Write(p []byte) (int, error) { return len(p), nil }

// One writer is called by one goroutine.
func TestForwarders(t *testing.T) {
	var a, b bytes.Buffer
	for _, c := range []struct {
		out, err io.Writer
		one      bool
	}{
		{&a, &a, true},
		{&a, &b, false},
		{incomparable{}, incomparable{}, false},
		{struct{ io.Writer }{incomparable{}}, struct{ io.Writer }{incomparable{}}, false},
		{struct{ io.Writer }{&a}, struct{ io.Writer }{&a}, true},
		{io.Discard, &a, false},
	} {
		out, err := Forwarders(c.out, c.err)
		require.Equal(t, c.one, out == err, "%T", c.out)
		out.Stop()
		err.Stop()
	}
}

// A rude writer ends its first call in some way.
type rude struct {
	end   func()
	calls int
}

func (r *rude) Write(p []byte) (int, error) {
	r.calls++
	r.end()
	return len(p), nil
}

// A writer that panics or ends its goroutine gets no more, and holds nobody up.
func TestForwardToRudeWriter(t *testing.T) {
	for _, end := range []func(){func() { panic("rude") }, runtime.Goexit} {
		w := &rude{end: end}
		f := NewForwarder(w)
		to := f.of(make(chan struct{}))
		for range 100 {
			_, err := to.Write([]byte("x"))
			require.NoError(t, err)
		}
		f.Stop()
		require.Equal(t, 1, w.calls)
	}
}
