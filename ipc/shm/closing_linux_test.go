//go:build amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x

package shm_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ipc/shm"
)

// A memory that is closed while a function of With runs belongs to others by then: what
// they have made of the value stays.
func TestValueWithClosedMeanwhile(t *testing.T) {
	name := memoryName(t)
	open := func() (*shm.Memory, *shm.Value[int]) {
		m, err := shm.OpenMemory(name)
		require.NoError(t, err)
		v, err := shm.NewValue(m, 1, shm.ObjectOptions{Name: "value"})
		require.NoError(t, err)
		return m, v
	}
	m, v := open()
	defer m.Close()
	err := v.With(t.Context(), func(x *int) error {
		*x = 2
		m.Close()
		other, same := open()
		defer other.Close()
		same.Store(3)
		return nil
	})
	require.ErrorIs(t, err, shm.ErrClosed)
	m, v = open()
	defer m.Close()
	require.Equal(t, 3, v.Load())
}

// A closer closes a memory when it is decoded.
type closer struct{ N byte }

var toClose *shm.Memory

func (c closer) MarshalBinary() ([]byte, error) { return []byte{c.N}, nil }

func (c *closer) UnmarshalBinary(b []byte) error {
	if toClose != nil {
		toClose.Close()
	}
	c.N = b[0]
	return nil
}

// An item that is decoded while the memory is closed may be another's by then.
func TestQueueGetClosedMeanwhile(t *testing.T) {
	for name, get := range map[string]func(q *shm.Queue[closer]) error{
		"Get":    func(q *shm.Queue[closer]) error { _, err := q.Get(t.Context()); return err },
		"TryGet": func(q *shm.Queue[closer]) error { _, err := q.TryGet(); return err },
		"GetMany": func(q *shm.Queue[closer]) error {
			_, err := q.GetMany(t.Context(), make([]closer, 2))
			return err
		},
		"Lease": func(q *shm.Queue[closer]) error { _, err := q.Lease(t.Context()); return err },
	} {
		t.Run(name, func(t *testing.T) {
			m, err := shm.NewMemory()
			require.NoError(t, err)
			defer m.Close()
			q, err := shm.NewQueue[closer](m, 2)
			require.NoError(t, err)
			require.NoError(t, q.Put(t.Context(), closer{1}))
			toClose = m
			defer func() { toClose = nil }()
			require.ErrorIs(t, get(q), shm.ErrClosed)
		})
	}
}
