package accesslog

import (
	"testing"

	"github.com/stretchr/testify/require"
)

const log = `a - - [10/Oct/2000:13:55:36 -0700] "GET /x HTTP/1.1" 200 100 "-" "u" 0.001
b - - [10/Oct/2000:13:59:59 -0700] "GET /y?q HTTP/1.1" 404 10 "-" "u" 0.003

nonsense
a - - [10/Oct/2000:14:00:00 -0700] "GET /x HTTP/1.1" 503 0
c - - [10/Oct/2000:14:00:00 -0700] "-" 400 0
`

func all(Record) bool { return true }

func TestCount(t *testing.T) {
	s := Count([]byte(log), all)
	require.EqualValues(t, 4, s.Requests)
	require.EqualValues(t, 1, s.Malformed)
	require.EqualValues(t, 110, s.Bytes)
	require.Equal(t, [10]int64{2: 1, 4: 2, 5: 1}, s.Classes)
	require.Equal(t, []Entry{{"a", 2}, {"b", 1}, {"c", 1}}, s.Hosts.Top(9))
	require.Equal(t, []Entry{{"/x", 2}, {"/y", 1}}, s.Paths.Top(9))
	require.Equal(t, []Entry{{"10/Oct/2000:13", 2}}, s.Hours.Top(1))
	require.EqualValues(t, 4, s.Sizes.Count())
	require.EqualValues(t, 2, s.Durations.Count())

	some := Count([]byte(log), func(r Record) bool { return r.Status >= 500 })
	require.EqualValues(t, 1, some.Requests)
	require.EqualValues(t, 1, some.Malformed)
}

func TestMerge(t *testing.T) {
	want := Count([]byte(log+log+log), all)
	got := NewStats()
	for range 3 {
		got.Merge(Count([]byte(log), all))
	}
	require.Equal(t, want, got)
}
