package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/leak"
)

// asProgram in the environment makes this test binary the program itself.
const asProgram = "FANFOLD_TEST_LOGSTATS"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(leak.Run(m.Run))
}

// run runs the program to its end.
func run(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// write creates a log and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "access.log")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

const small = `10.0.0.1 - - [10/Oct/2000:13:55:36 -0700] "GET /a HTTP/1.1" 200 100 "-" "u" 0.010
10.0.0.2 - - [10/Oct/2000:14:00:00 -0700] "GET /b/c HTTP/1.1" 404 50 "-" "u" 0.020
10.0.0.1 - - [10/Oct/2000:14:00:01 -0700] "GET /a HTTP/1.1" 200 100 "-" "u" 1.234567
no request
10.0.0.1 - - [10/Oct/2000:14:00:02 -0700] "GET /b/d HTTP/1.1" 500 0`

const smallReport = `4 requests, 2 hosts, 3 paths, 250 bytes sent, 1 malformed lines
           2  50.0 %  answered 2xx
           1  25.0 %  answered 4xx
           1  25.0 %  answered 5xx
bytes: 50 % ≤ 50, 90 % ≤ 100, 99 % ≤ 100, 99.9 % ≤ 100, all ≤ 100
time: 50 % ≤ 20.4ms, 90 % ≤ 1.23s, 99 % ≤ 1.23s, 99.9 % ≤ 1.23s, all ≤ 1.23s
busiest hour: 10/Oct/2000:14, 3 requests
paths asked for most:
           2  /a
           1  /b/c
hosts asking most:
           3  10.0.0.1
           1  10.0.0.2
`

func TestReport(t *testing.T) {
	for _, workers := range []string{"1", "3"} {
		stdout, stderr, status := run(t, "-top", "2", "-workers", workers, write(t, small))
		require.Equal(t, smallReport, stdout)
		require.Regexp(t, `^logstats: read 0\.0 MB in \d+\.\d\d s, \d+ MB/s, with `+workers+` workers\n\z`, stderr)
		require.Zero(t, status)
	}
}

// What a client has sent stays within its line, and does not reach the terminal as it is.
func TestReportOfHostileNames(t *testing.T) {
	stdout, _, _ := run(t, write(t, "\x1b[2J - - [10/Oct/2000:13:55:36 -0700] \"GET /\ra HTTP/1.1\" 200 100\n"))
	require.Contains(t, stdout, "           1  \"/\\ra\"\n")
	require.Contains(t, stdout, "           1  \"\\x1b[2J\"\n")
}

func TestFlagsOfWhatToCount(t *testing.T) {
	cases := []struct{ flags, want string }{
		{"-status 404", "1 requests, 1 hosts, 1 paths, 50 bytes sent, 1 malformed lines\n"},
		{"-status 5xx", "1 requests, 1 hosts, 1 paths, 0 bytes sent, 1 malformed lines\n"},
		{"-path /b", "2 requests, 2 hosts, 2 paths, 50 bytes sent, 1 malformed lines\n"},
		{"-path /b -status 2xx", "0 requests, 0 hosts, 0 paths, 0 bytes sent, 1 malformed lines\n"},
		{"-size 1kB", "16 requests, 2 hosts, 3 paths, 1000 bytes sent, 4 malformed lines\n"},
	}
	for _, c := range cases {
		t.Run(c.flags, func(t *testing.T) {
			stdout, _, _ := run(t, append(strings.Fields(c.flags), write(t, small))...)
			require.True(t, strings.HasPrefix(stdout, c.want), stdout)
		})
	}
}

// The program's own log, many times over, comes to the same on one worker and on many.
func TestOwnLog(t *testing.T) {
	var log bytes.Buffer
	require.NoError(t, visit(t.Context(), "testdata/site", &log, 500))
	require.Equal(t, 500, bytes.Count(log.Bytes(), []byte("\n")))
	for _, part := range []string{`"GET /hello.txt HTTP/1.1" 200 6 `, `"HEAD /`, ` 206 `, ` 304 0 `, `.bak HTTP/1.1" 404 `} {
		require.Contains(t, log.String(), part)
	}
	path := write(t, log.String())
	one, _, status := run(t, "-workers", "1", "-size", "5MB", path)
	require.Zero(t, status)
	require.Contains(t, one, ", 0 malformed lines\n")
	many, _, status := run(t, "-workers", "5", "-size", "5MB", path)
	require.Zero(t, status)
	require.Equal(t, one, many)
}

func TestOwnLogIsCutShort(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, visit(ctx, "testdata/site", io.Discard, 500), context.Canceled)
	require.ErrorContains(t, visit(t.Context(), t.TempDir(), io.Discard, 1), "nothing to serve")
}

// Without arguments the program shows what it can do.
func TestWithoutArguments(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	stdout, stderr, status := run(t)
	require.Zero(t, status, stderr)
	require.Contains(t, stdout, fmt.Sprintf("%d requests, ", visits))
	left, err := filepath.Glob(filepath.Join(os.TempDir(), "logstats-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestErrors(t *testing.T) {
	good := write(t, small)
	missing := filepath.Join(t.TempDir(), "missing")
	cases := []struct {
		name   string
		args   []string
		status int
		stdout bool
		stderr string
	}{
		{"missing", []string{missing}, 1, false, missing},
		{"missing and there", []string{missing, good}, 1, true, missing},
		{"folder", []string{t.TempDir()}, 1, false, "not a regular file but a folder"},
		{"empty", []string{write(t, "")}, 1, false, "is empty"},
		{"no log", []string{write(t, "one\ntwo\n")}, 1, true, "no line is a request in Common or Combined Log Format that the flags ask for; 2 lines are malformed"},
		{"long line", []string{write(t, small+"\n"+strings.Repeat("x", pieceSize+maxLine+5))}, 1, true, "is longer than 1048576 bytes"},
		{"-size", []string{"-size", "1PB"}, 2, false, `invalid value "1PB" for flag -size: want a number of bytes`},
		{"-size 0", []string{"-size", "0"}, 2, false, `invalid value "0" for flag -size: want a number of bytes`},
		{"-size overflows", []string{"-size", "9999999999GB"}, 2, false, `want a number of bytes`},
		{"-size too large", []string{"-size", "1000001TB"}, 2, false, `up to 1000000TB`},
		{"-size negative", []string{"-size", "-1GB"}, 2, false, `want a number of bytes`},
		{"-status", []string{"-status", "60"}, 2, false, `invalid value "60" for flag -status: want a status such as 404 or a class such as 5xx`},
		{"-workers", []string{"-workers", "0"}, 2, false, `want a whole number from 1 to 1024`},
		{"-fast", []string{"-fast"}, 2, false, "flag provided but not defined: -fast"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, status := run(t, c.args...)
			require.Equal(t, c.status, status, stderr)
			require.Equal(t, c.stdout, stdout != "", stdout)
			require.Contains(t, stderr, c.stderr)
		})
	}
	stdout, _, status := run(t, "-h")
	require.Zero(t, status)
	require.Equal(t, usage, stdout)
}
