package files

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMemoryLimit(t *testing.T) {
	s := Memory(10)
	store(t, s, "a", "12345")
	p := Partial{ID: "id", Name: "b", Size: -1}
	require.NoError(t, s.Save(t.Context(), p))
	n, err := s.Append(t.Context(), p, strings.NewReader("123456"))
	assert.ErrorIs(t, err, ErrNoSpace)
	assert.EqualValues(t, 5, n, "what has room is kept")
	require.NoError(t, s.Remove(t.Context(), "a"))
	p.Offset = n
	n, err = s.Append(t.Context(), p, strings.NewReader("67890"))
	assert.NoError(t, err)
	assert.EqualValues(t, 5, n)
	require.NoError(t, s.Abort(t.Context(), "id"))
	store(t, s, "c", "1234567890")
}
