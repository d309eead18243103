package flags

import (
	"os"
	"testing"
	"time"

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

func TestDuration(t *testing.T) {
	d := time.Second
	set := Duration(&d, time.Millisecond)
	for _, value := range []string{"-1s", "0s", "999us", "5", "", "1y"} {
		require.EqualError(t, set(value), "want a duration such as 50ms, of 1ms at least", "%q", value)
	}
	require.Equal(t, time.Second, d)
	require.NoError(t, set("1ms"))
	require.Equal(t, time.Millisecond, d)
}

func TestOneOf(t *testing.T) {
	s := "a"
	set := OneOf(&s, "a", "b", "c")
	for _, value := range []string{"", "d", "A"} {
		require.EqualError(t, set(value), "want a, b or c", "%q", value)
	}
	require.Equal(t, "a", s)
	require.NoError(t, set("c"))
	require.Equal(t, "c", s)
}
