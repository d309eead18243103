package conn

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOptions(t *testing.T) {
	require.PanicsWithValue(t, "conn: Pipe: MaxMessage is -1 and AuthTimeout 0s, want 0 (the default) or more",
		func() { Pipe(Options{MaxMessage: -1}) })
	require.PanicsWithValue(t, "conn: Pipe with 2 conn.Options arguments, want at most one",
		func() { Pipe(Options{}, Options{}) })
}
