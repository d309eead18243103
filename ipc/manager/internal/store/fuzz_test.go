package store

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/manager/internal/msg"
)

// client returns a client whose answers are counted.
func client(s *Store) (*Client, map[uint64]int) {
	answers := map[uint64]int{}
	c := &Client{Pid: 1, Reply: func(call uint64, _ msg.Code, _ []byte) { answers[call]++ }, Flush: func() {}}
	s.Join(c)
	return c, answers
}

func message(call uint64, op msg.Op, object uint64, args ...[]byte) []byte {
	b := msg.Uint(append(msg.Uint(nil, call), byte(op)), object)
	for _, a := range args {
		b = append(b, a...)
	}
	return b
}

// Whatever clients send, nothing panics, no call is answered twice, and what is left
// serves others.
func FuzzMessages(f *testing.F) {
	f.Add(byte(msg.Dict), []byte{1, byte(msg.Watch), 0, 0, 2, byte(msg.Changes), 1})
	f.Add(byte(msg.Queue), []byte{1, byte(msg.Take), 0, 1, 2})
	f.Add(byte(msg.Lock), []byte{1, byte(msg.Acquire), 0, 1, 0})
	f.Fuzz(func(t *testing.T, kind byte, script []byte) {
		s := New(nil)
		s.last = 0 // the first object is 1
		c, answers := client(s)
		other, _ := client(s)
		states := map[msg.Kind][]byte{
			msg.Condition: msg.Uint(nil, 1), msg.Semaphore: msg.Int(nil, 2), msg.BoundedSemaphore: msg.Int(nil, 2), msg.Barrier: msg.Int(nil, 2),
			msg.Queue: msg.Int(nil, 1), msg.Dict: msg.Uint(nil, 0), msg.Namespace: msg.Uint(nil, 0), msg.List: msg.Uint(nil, 0), msg.Array: msg.Uint(nil, 0),
		}
		require.NoError(t, s.Do(c, message(1000, msg.Create, 0, []byte{byte(msg.Lock), 0, 0})))
		_ = s.Do(c, message(1001, msg.Create, 0, []byte{kind, 0, 0}, states[msg.Kind(kind)]))
		call := uint64(2000)
		for len(script) > 4 {
			n := min(int(script[3])%16, len(script)-4)
			call++
			who := c
			if script[0]&1 == 1 {
				who = other
			}
			_ = s.Do(who, message(call, msg.Op(script[1]), uint64(script[2]), script[4:4+n]))
			s.Flush()
			script = script[4+n:]
		}
		_ = s.Do(c, script)
		s.Leave(other)
		s.Leave(c)
		s.Wait()
		for call, n := range answers {
			require.Equal(t, 1, n, "call %d", call)
		}
		d, answers := client(s)
		require.NoError(t, s.Do(d, message(1, msg.Create, 0, []byte{byte(msg.Value), 0, 0, 1, 0})))
		require.Equal(t, 1, answers[1])
	})
}

// Frames are taken apart as they were put together, and hostile ones are refused.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 0, 0, 1, 7})
	f.Fuzz(func(t *testing.T, b []byte) {
		for {
			m, rest, need, err := msg.Next(b)
			if err != nil || m == nil {
				require.True(t, err != nil || need > len(b))
				return
			}
			require.Equal(t, len(b), 4+len(m)+len(rest))
			require.Equal(t, uint32(len(m)), binary.BigEndian.Uint32(b))
			b = rest
		}
	})
}

// No bytes make Restore panic, and what it takes it gives again.
func FuzzRestore(f *testing.F) {
	s := New(nil)
	c, _ := client(s)
	_ = s.Do(c, message(1, msg.Create, 0, []byte{byte(msg.List), 0, 1, 'l', 1, 1, 'x'}))
	_ = s.Do(c, message(2, msg.Create, 0, []byte{byte(msg.Queue), 0, 1, 'q', 4}))
	list, err := s.copy(c)
	require.NoError(f, err)
	data, err := encode(list, nil)
	require.NoError(f, err)
	f.Add(data[len(mark) : len(data)-32])
	f.Fuzz(func(t *testing.T, body []byte) {
		restored, err := Restore(sealed(append([]byte(mark), body...)), nil)
		if err != nil {
			require.ErrorIs(t, err, ErrSnapshot)
			return
		}
		list, err := restored.copy(nil)
		require.NoError(t, err)
		data, err := encode(list, nil)
		require.NoError(t, err)
		again, err := Restore(data, nil)
		require.NoError(t, err)
		require.Equal(t, restored.Len(), again.Len())
	})
}
