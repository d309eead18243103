package accesslog

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// plain is a Record without slices.
type plain struct {
	host, time, method, path string
	status                   int
	bytes                    int64
	took                     time.Duration
	timed                    bool
}

func (r Record) plain() plain {
	return plain{string(r.Host), string(r.Time), string(r.Method), string(r.Path), r.Status, r.Bytes, r.Duration, r.Timed}
}

const at = "10/Oct/2000:13:55:36 -0700"

func TestParse(t *testing.T) {
	cases := []struct {
		name, line string
		want       plain
	}{
		{"common", `127.0.0.1 - frank [` + at + `] "GET /apache_pb.gif HTTP/1.0" 200 2326`,
			plain{"127.0.0.1", at, "GET", "/apache_pb.gif", 200, 2326, 0, false}},
		{"combined", `::1 - - [` + at + `] "GET / HTTP/1.1" 404 0 "http://a.example/" "Mozilla/5.0 (X; 1.5)"` + "\r\n",
			plain{"::1", at, "GET", "/", 404, 0, 0, false}},
		{"timed", `h - - [` + at + `] "POST /a?b=c d HTTP/2.0" 500 12 "-" "x" 0.042` + "\n",
			plain{"h", at, "POST", "/a", 500, 12, 42 * time.Millisecond, true}},
		{"timed common", `h - - [` + at + `] "HEAD /a HTTP/1.1" 301 - 12.000000001`,
			plain{"h", at, "HEAD", "/a", 301, 0, 12*time.Second + 1, true}},
		{"user with spaces", `h - John Q. Public [` + at + `] "GET /a HTTP/1.1" 200 1`,
			plain{"h", at, "GET", "/a", 200, 1, 0, false}},
		{"quotation mark in the path", `h - - [` + at + `] "GET /\"a\\ HTTP/1.1" 200 1`,
			plain{"h", at, "GET", `/\"a\\`, 200, 1, 0, false}},
		{"space in the path", `h - - [` + at + `] "GET /a b HTTP/1.1" 200 1`,
			plain{"h", at, "GET", "/a b", 200, 1, 0, false}},
		{"no version", `h - - [` + at + `] "GET /a" 200 1`, plain{"h", at, "GET", "/a", 200, 1, 0, false}},
		{"no request", `h - - [` + at + `] "-" 408 0`, plain{"h", at, "", "", 408, 0, 0, false}},
		{"handshake", `h - - [` + at + `] "\x16\x03\x01" 400 0`, plain{"h", at, "", "", 400, 0, 0, false}},
		{"whole seconds are none", `h - - [` + at + `] "GET /a HTTP/1.1" 200 7`, plain{"h", at, "GET", "/a", 200, 7, 0, false}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r, err := Parse([]byte(c.line))
			require.NoError(t, err)
			require.Equal(t, c.want, r.plain())
		})
	}
}

func TestParseMalformed(t *testing.T) {
	for _, line := range []string{
		"", "\n", "h", "h - -", "h - - [" + at, " - - [" + at + `] "GET / HTTP/1.1" 200 1`,
		`h - - [10/Oct/2000] "GET / HTTP/1.1" 200 1`,
		"h - - [" + at + "] GET / 200 1", "h - - [" + at + `] "GET / 200 1`, "h - - [" + at + `] "GET /\" 200 1`,
		"h - - [" + at + `] "GET / HTTP/1.1"`, "h - - [" + at + `] "GET / HTTP/1.1" ok 1`,
		"h - - [" + at + `] "GET / HTTP/1.1" 99 1`, "h - - [" + at + `] "GET / HTTP/1.1" 1000 1`,
		"h - - [" + at + `] "GET / HTTP/1.1" -200 1`, "h - - [" + at + `] "GET / HTTP/1.1" 200`,
		"h - - [" + at + `] "GET / HTTP/1.1" 200 -1`, "h - - [" + at + `] "GET / HTTP/1.1" 200 1234567890123456789`,
	} {
		r, err := Parse([]byte(line))
		require.ErrorIs(t, err, ErrMalformed, "%q", line)
		require.Zero(t, r)
		require.Contains(t, err.Error(), fmt.Sprintf("%q", line))
	}
	_, err := Parse([]byte(strings.Repeat("x", 1000)))
	require.EqualError(t, err, `accesslog: malformed line: "`+strings.Repeat("x", 80)+`"…`)
}

func TestParseDoesNotAllocate(t *testing.T) {
	line := []byte(`h - - [` + at + `] "POST /a?b HTTP/1.1" 500 12 "-" "x" 0.042`)
	require.Zero(t, testing.AllocsPerRun(100, func() { Parse(line) }))
}

// What is written as a server would comes back, whatever is asked for; and nothing
// makes Parse panic or return an error that is not ErrMalformed.
func FuzzParse(f *testing.F) {
	f.Add("h", "/a?b", 200, int64(5), `"[ ]\`)
	f.Fuzz(func(t *testing.T, host, path string, status int, bytes int64, garbage string) {
		if _, err := Parse([]byte(garbage)); err != nil {
			require.ErrorIs(t, err, ErrMalformed)
		}
		if host == "" || strings.ContainsAny(host, " \r\n") || status < 100 || status > 999 || bytes < 0 || bytes > 1e17 {
			return
		}
		quoted := fmt.Sprintf("%+q", "GET /"+path+" HTTP/1.1")
		r, err := Parse(fmt.Appendf(nil, "%s - - [%s] %s %d %d %+q 1.500\n", host, at, quoted, status, bytes, garbage))
		require.NoError(t, err)
		wantPath, _, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(quoted, `"GET `), ` HTTP/1.1"`), "?")
		want := plain{host, at, "GET", wantPath, status, bytes, 1500 * time.Millisecond, true}
		require.Equal(t, want, r.plain())
	})
}
