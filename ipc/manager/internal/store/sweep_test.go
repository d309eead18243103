package store

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// An object without a name outlives its last proxy by Linger; one with a name stays.
func TestSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(nil)
		c, _ := client(s)
		require.NoError(t, s.Do(c, message(1, msg.Create, 0, []byte{byte(msg.Event), 0, 0})))
		require.NoError(t, s.Do(c, message(2, msg.Create, 0, []byte{byte(msg.Event), 0, 1, 'n'})))
		s.Sweep()
		require.Equal(t, 2, s.Len())
		s.Leave(c)
		time.Sleep(Linger - 1)
		s.Sweep()
		require.Equal(t, 2, s.Len())
		time.Sleep(time.Nanosecond)
		s.Sweep()
		require.Equal(t, 1, s.Len())
	})
}
