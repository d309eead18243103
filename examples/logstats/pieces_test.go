package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever the size of the pieces, every line is in one of them, whole and once.
func TestPieces(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, end := range []string{"\n", ""} {
		for _, size := range []int64{1, 2, 3, 7, 64, 1000, 1 << 20} {
			t.Run(fmt.Sprintf("%d%q", size, end), func(t *testing.T) {
				var want []string
				for i := range 300 {
					want = append(want, fmt.Sprint(i)+strings.Repeat("x", r.IntN(20)*r.IntN(20)))
				}
				want[5] = strings.Repeat("y", 9000) // longer than one read ahead
				logs, errs := open([]string{write(t, strings.Join(want, "\n")+end)})
				require.Empty(t, errs)
				defer logs[0].Close()
				var got []string
				for p := range pieces(logs, size, 2) {
					require.NoError(t, p.read(func(text []byte) {
						for line := range bytes.Lines(text) {
							got = append(got, strings.TrimSuffix(string(line), "\n"))
						}
					}))
				}
				require.Equal(t, append(want, want...), got)
			})
		}
	}
}

// A log that is cut off while it is read is an error, one that grows is not.
func TestLogThatChanges(t *testing.T) {
	path := write(t, small)
	logs, errs := open([]string{path})
	require.Empty(t, errs)
	defer logs[0].Close()
	whole := piece{logs[0], 0, logs[0].size}

	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteString("more\n")
	require.NoError(t, err)
	require.NoError(t, whole.read(func(text []byte) { require.Equal(t, small, string(text)) }))

	require.NoError(t, f.Truncate(10))
	require.ErrorContains(t, whole.read(func([]byte) { t.Error("used") }), fmt.Sprintf("%d bytes at 0: read 10", logs[0].size))
}

// However much is asked for, the logs are read as often as it takes and no more.
func TestPlan(t *testing.T) {
	logs := []logFile{{size: 600}, {size: 400}}
	for size, times := range map[int64]int64{0: 1, 1: 1, 1000: 1, 1001: 2, 5000: 5, maxSize: 1e15, maxSize - 1: 1e15, maxSize - 1000: 1e15 - 1} {
		j := &job{options: options{size: size}}
		j.plan(logs)
		require.Equal(t, times, j.times, "%d bytes", size)
		require.Equal(t, 1000*times, j.bytes)
	}
}
