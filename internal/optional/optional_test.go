package optional_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/optional"
)

func TestOne(t *testing.T) {
	type size struct{ n int }
	require.Zero(t, optional.One[size]("room", "Make", nil))
	require.Equal(t, size{3}, optional.One("room", "Make", []size{{3}}))
	require.PanicsWithValue(t, "room: Make with 2 optional_test.size arguments, want at most one", func() {
		optional.One("room", "Make", []size{{1}, {2}})
	})
}
