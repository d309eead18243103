package try_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional/try"
)

func TestWithContext(t *testing.T) {
	cause := errors.New("cause")
	ctx, cancel := context.WithCancelCause(t.Context())
	asked := 0
	seq := try.WithContext(ctx, func(yield func(int) bool) {
		for i := 0; ; i++ {
			asked++
			if i == 3 {
				cancel(cause) // while an element is produced: it still comes
			}
			if !yield(i) {
				return
			}
		}
	})
	for i := range seq {
		require.Zero(t, i)
		break
	}
	got, err := try.Collect(seq)
	require.Equal(t, []int{0, 1, 2, 3}, got)
	require.Equal(t, cause, err)
	require.Equal(t, 5, asked)
	got, err = try.Collect(seq)
	require.Empty(t, got)
	require.Equal(t, cause, err)
	require.Equal(t, 5, asked, "asked after the context had ended")
}
