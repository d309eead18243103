package child

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExcerpt(t *testing.T) {
	head, tail := excerpt{max: 10}, excerpt{max: 10, end: true}
	var all []byte
	for i := range 100 {
		part := bytes.Repeat([]byte{'a' + byte(i%26)}, i%7)
		all = append(all, part...)
		for _, e := range []*excerpt{&head, &tail} {
			n, err := e.Write(part)
			require.NoError(t, err)
			require.Equal(t, len(part), n)
		}
		require.Equal(t, string(all[:min(10, len(all))]), string(head.bytes()))
		require.Equal(t, string(all[max(0, len(all)-10):]), string(tail.bytes()))
	}
}

// The last line that tells of a fatal error is found, however it comes.
func TestFatalLine(t *testing.T) {
	long := "fatal error: " + strings.Repeat("x", 2*maxFatalLine)
	for text, want := range map[string]string{
		"":                         "",
		"a line\nfatal error: one": "", // it has not ended
		"fatal error: one\n":       "fatal error: one\n",
		"fatal error: one\nruntime/cgo: two\nthree\n": "runtime/cgo: two\n",
		"no fatal error: one\n":                       "",
		long + "\n":                                   long[:maxFatalLine] + "\n",
	} {
		for _, step := range []int{1, 7, len(text) + 1} {
			var f fatalLine
			for rest := []byte(text); len(rest) > 0; rest = rest[min(step, len(rest)):] {
				part := rest[:min(step, len(rest))]
				n, err := f.Write(part)
				require.NoError(t, err)
				require.Equal(t, len(part), n)
			}
			require.Equal(t, want, string(f.found), "%q by %d", text, step)
		}
	}
}

// What is forgotten is not among the last words, though it may arrive later.
func TestForget(t *testing.T) {
	e := excerpt{max: 8, end: true}
	_, _ = e.Write([]byte("old"))
	e.forget(6)
	require.Empty(t, e.bytes())
	_, _ = e.Write([]byte("oldnew"))
	require.Equal(t, "new", string(e.bytes()))
	_, _ = e.Write([]byte(strings.Repeat("y", 100)))
	require.Equal(t, "yyyyyyyy", string(e.bytes()))
}
