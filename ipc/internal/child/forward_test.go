package child

import (
	"bytes"
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

// A writer that takes nothing holds its child up while that lives, and nothing after.
func TestForwarder(t *testing.T) {
	for _, patience := range []time.Duration{0, Patience} {
		synctest.Test(t, func(t *testing.T) {
			w := &stuck{take: make(chan bool)}
			f := NewForwarder(w, patience)
			exited := make(chan struct{})
			child := f.of(exited)
			written := 0
			go func() {
				for range 20 { // one is with the writer, 16 wait
					n, err := child.Write([]byte("x"))
					written += n
					if err != nil {
						panic(err)
					}
				}
			}()
			synctest.Wait()
			require.Equal(t, 17, written)
			close(exited)
			time.Sleep(4 * Patience)
			synctest.Wait()
			require.Equal(t, 20, written)
			begun := time.Now()
			f.Stop()
			require.Equal(t, Patience, time.Since(begun))
			f.Stop()
			require.Equal(t, Patience, time.Since(begun))
			close(w.take)
			synctest.Wait()
			require.Equal(t, "x", w.String(), "what is left is dropped")
		})
	}
}

// A writer that goes on gets all of it, if there is patience.
func TestSlowWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &stuck{take: make(chan bool)}
		f := NewForwarder(w, Patience)
		for range 10 {
			_, err := f.of(nil).Write([]byte("x"))
			require.NoError(t, err)
		}
		go func() {
			for range 10 {
				time.Sleep(Patience * 9 / 10)
				w.take <- true
			}
		}()
		f.Stop()
		require.Equal(t, "xxxxxxxxxx", w.String())
	})
}
