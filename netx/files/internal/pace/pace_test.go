package pace

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// sender sends by a goroutine of its own, until the function that it returns is called.
func sender(a, z net.Conn, n int, pause time.Duration) (stop func()) {
	var wait sync.WaitGroup
	wait.Go(func() { send(z, n, pause) })
	return func() {
		a.Close()
		wait.Wait()
	}
}

// send writes pieces of n bytes with pauses, until the other end is closed.
func send(c net.Conn, n int, pause time.Duration) {
	for {
		if _, err := c.Write(make([]byte, n)); err != nil {
			return
		}
		time.Sleep(pause)
	}
}

func TestBody(t *testing.T) {
	for name, c := range map[string]struct {
		n     int
		pause time.Duration
		want  error
	}{
		"silent":      {1, time.Hour, ErrSlow},
		"too slow":    {90, time.Second, ErrSlow},
		"fast enough": {120, time.Second, nil},
		"in bursts":   {1500, 9 * time.Second, nil},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, z := net.Pipe()
				defer sender(a, z, c.n, c.pause)()
				b := NewBody(io.LimitReader(a, 100_000), a.SetReadDeadline, Limit{10 * time.Second, 100})
				_, err := io.Copy(io.Discard, b)
				assert.Equal(t, c.want, err)
			})
		})
	}
}

// The time that the reader takes does not count.
func TestBodySlowReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, z := net.Pipe()
		defer sender(a, z, 10, 0)()
		b := NewBody(a, a.SetReadDeadline, Limit{10 * time.Second, 100})
		for range 100 {
			_, err := b.Read(make([]byte, 10))
			assert.NoError(t, err)
			time.Sleep(time.Minute)
		}
	})
}

func TestBodyCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, z := net.Pipe()
		defer a.Close()
		defer z.Close()
		cause := errors.New("cause")
		for _, limit := range []Limit{{}, {time.Hour, 1}} {
			b := NewBody(a, a.SetReadDeadline, limit)
			time.AfterFunc(time.Second, func() { b.Cut(cause) })
			_, err := b.Read(make([]byte, 10))
			assert.Equal(t, cause, err)
			_, err = b.Read(make([]byte, 10))
			assert.Equal(t, cause, err)
			assert.True(t, b.Ended())
			b.Done()
		}
	})
}

func TestBodyDrain(t *testing.T) {
	none := func(time.Time) error { return errors.ErrUnsupported }
	b := NewBody(strings.NewReader("0123456789"), none, Limit{time.Second, 1})
	assert.False(t, b.Drain(5))
	assert.True(t, b.Drain(50))
	var set []time.Time
	b = NewBody(strings.NewReader("0123456789"), func(at time.Time) error { set = append(set, at); return nil }, Limit{time.Hour, 1})
	_, err := b.Read(make([]byte, 5))
	assert.NoError(t, err)
	b.Done()
	b.Cut(errors.New("too late"))
	assert.Len(t, set, 2)
	assert.False(t, set[1].Before(set[0]), "for what is left")
	b = NewBody(strings.NewReader(""), func(at time.Time) error { set = append(set, at); return nil }, Limit{time.Hour, 1})
	_, err = b.Read(make([]byte, 5))
	assert.Equal(t, io.EOF, err)
	b.Done()
	assert.Zero(t, set[3])
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var cut, n atomic.Int64
		set := func(time.Time) error { cut.Add(1); return nil }
		limit := Limit{10 * time.Second, 100}
		start := time.Now()
		stop := Watch(n.Load, set, limit)
		for range 50 {
			n.Add(150)
			time.Sleep(time.Second)
		}
		assert.Zero(t, cut.Load())
		for cut.Load() == 0 {
			n.Add(50)
			time.Sleep(time.Second)
		}
		assert.Less(t, time.Since(start), 75*time.Second)
		stop()
		stop = Watch(func() int64 { return 0 }, set, limit)
		stop()
		time.Sleep(time.Minute)
		assert.EqualValues(t, 1, cut.Load())
	})
}
