package flags

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

func TestNumber(t *testing.T) {
	n := 1
	set := Number(&n, 0, 5)
	for _, value := range []string{"-1", "6", "x", "", "1.5"} {
		require.EqualError(t, set(value), "want a whole number from 0 to 5", "%q", value)
	}
	require.Equal(t, 1, n)
	require.NoError(t, set("5"))
	require.Equal(t, 5, n)
}
