package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/stretchr/testify/require"
)

// asProgram in the environment makes this test binary the program itself, so
// that what is tested is a whole process with its workers, under -race too.
const asProgram = "FANFOLD_TEST_WORDCOUNT"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(leak.Run(m.Run))
}

// command returns the program with these arguments, bounded in time.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1")
	return cmd
}

// run runs cmd to its end.
func run(t *testing.T, cmd *exec.Cmd) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); !errors.As(err, new(*exec.ExitError)) {
		require.NoError(t, err)
	}
	return out.String(), errs.String(), cmd.ProcessState.ExitCode()
}

// tree creates files from pairs of a path and a text, and returns their folder.
func tree(t *testing.T, pairs ...string) string {
	t.Helper()
	dir := t.TempDir()
	for i := 0; i < len(pairs); i += 2 {
		path := filepath.Join(dir, pairs[i])
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(pairs[i+1]), 0o600))
	}
	return dir
}

// forest creates many files of some thousand words, with a few of bytes that are no
// text.
func forest(t *testing.T, files int) string {
	t.Helper()
	var pairs []string
	for i := range files {
		var text []byte
		for word := range 10_000 {
			text = fmt.Appendf(text, "%d\n", word*(i%7+1))
		}
		pairs = append(pairs, fmt.Sprintf("%d/%d", i%10, i), string(append(text, "\xff\x00 \xc3"...)))
	}
	return tree(t, pairs...)
}

func TestOutput(t *testing.T) {
	dir := tree(t,
		"one", "to be or\tnot to be\n",
		"sub/two", "to \xff do\v\xff\f",
		"sub/deep/empty", "",
	)
	cases := []struct {
		args []string
		want string
	}{
		{nil, "3 to\n2 be\n2 \xff\n1 do\n1 not\n1 or\n"},
		{[]string{"-top", "3"}, "3 to\n2 be\n2 \xff\n"},
		{[]string{"-top", "0"}, ""},
		{[]string{"-on", "loop", "-top", "1"}, "3 to\n"},
		{[]string{"-on", "goroutines", "-workers", "5", "-top", "1"}, "3 to\n"},
		{[]string{"-on", "processes", "-workers", "2", "-top", "1"}, "3 to\n"},
		{[]string{"-on", "all", "-top", "1"}, "3 to\n"},
	}
	for _, c := range cases {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			stdout, stderr, status := run(t, command(t, append(c.args, dir)...))
			require.Equal(t, c.want+"total 10 words, 6 distinct, 3 files, 29 bytes\n", stdout)
			require.Zero(t, status)
			if len(c.args) == 0 {
				require.Empty(t, stderr)
			}
		})
	}
}

// Every carrier comes to the same, on enough files for many calls.
func TestAll(t *testing.T) {
	dir := forest(t, 20)
	stdout, stderr, status := run(t, command(t, "-on", "all", "-workers", "3", dir))
	require.Zero(t, status, stderr)
	require.Regexp(t, `(?m)^ *carrier +time +speed-up\n +loop +[0-9.]+ ms +1\.00\n +goroutines +[0-9.]+ ms +[0-9.]+\n +processes +[0-9.]+ ms +[0-9.]+\n\z`, stderr)
	require.Regexp(t, `\ntotal 200040 words, \d+ distinct, 20 files, \d+ bytes\n\z`, stdout)
	for _, on := range carriers {
		alone, _, status := run(t, command(t, "-on", on, dir))
		require.Zero(t, status)
		require.Equal(t, stdout, alone, on)
	}
}

var killedLine = regexp.MustCompile(`(?m)^wordcount: killed worker (\d+) \((\d+) of 5\)$`)

// Killed workers cost nothing but time.
func TestKill(t *testing.T) {
	dir := forest(t, 200)
	want, _, _ := run(t, command(t, "-on", "loop", dir))
	for _, on := range []string{"processes", "all"} {
		t.Run(on, func(t *testing.T) {
			var stderr string
			for range 5 { // on a busy machine the work may end before the killing
				var stdout string
				var status int
				stdout, stderr, status = run(t, command(t, "-on", on, "-workers", "3", "-kill", "5", dir))
				require.Zero(t, status, stderr)
				require.Equal(t, want, stdout)
				if !strings.Contains(stderr, "the work ended after") {
					break
				}
			}
			kills := killedLine.FindAllStringSubmatch(stderr, -1)
			require.Len(t, kills, 5, stderr)
			pids := map[string]bool{}
			for i, k := range kills {
				pids[k[1]] = true
				require.Equal(t, fmt.Sprint(i+1), k[2])
			}
			require.Len(t, pids, 5, "a worker was killed twice: %s", stderr)
		})
	}
}

// One call that lasts as long as all others together must not be taken for the
// culprit, however many workers are to be killed.
func TestKillSparesCalls(t *testing.T) {
	pairs := []string{"a", strings.Repeat("a ", 5<<20)}
	for i := range 60 {
		pairs = append(pairs, fmt.Sprint("b", i), strings.Repeat("b ", 40<<10))
	}
	stdout, stderr, status := run(t, command(t, "-on", "processes", "-workers", "4", "-kill", "100", "-top", "0", tree(t, pairs...)))
	require.Zero(t, status, stderr)
	require.Equal(t, fmt.Sprintf("total %d words, 2 distinct, 61 files, %d bytes\n", 5<<20+60*40<<10, 10<<20+60*80<<10), stdout)
	require.Regexp(t, `wordcount: killed worker \d+ \(1 of 100\)`, stderr)
	require.Regexp(t, `wordcount: the work ended after \d+ of 100 kills\n\z`, stderr)
}

func TestInputErrors(t *testing.T) {
	dir := tree(t, "full/file", "a b")
	full, empty, missing := filepath.Join(dir, "full"), filepath.Join(dir, "empty"), filepath.Join(dir, "missing")
	require.NoError(t, os.Mkdir(empty, 0o700))
	counted := "1 a\n1 b\ntotal 2 words, 2 distinct, 1 files, 3 bytes\n"
	cases := []struct {
		name   string
		dirs   []string
		stderr string
		stdout string
	}{
		{"empty", []string{empty}, "no regular files in " + empty, ""},
		{"missing", []string{missing}, missing, ""},
		{"empty and full", []string{empty, full}, "no regular files in " + empty, counted},
		{"full and missing", []string{full, missing}, missing, counted},
	}
	for _, c := range cases {
		for _, on := range []string{"goroutines", "all"} {
			t.Run(c.name+" on "+on, func(t *testing.T) {
				stdout, stderr, status := run(t, command(t, append([]string{"-on", on}, c.dirs...)...))
				require.Equal(t, 1, status)
				require.Contains(t, stderr, c.stderr)
				require.Equal(t, c.stdout, stdout)
			})
		}
	}
}

// Without a DIR the program says what it counts, or that it found nothing to count.
func TestWithoutDir(t *testing.T) {
	t.Setenv("PATH", "")
	stdout, stderr, status := run(t, command(t))
	require.Equal(t, 1, status)
	require.Empty(t, stdout)
	require.Contains(t, stderr, "wordcount: no DIR given: cannot find Go's sources: ")
	require.Equal(t, 1, strings.Count(stderr, "\n"), stderr)
}

// A word without end is named instead of held.
func TestEndlessWord(t *testing.T) {
	dir := tree(t, "text", "a b", "zeros", "a ")
	zeros := filepath.Join(dir, "zeros")
	require.NoError(t, os.Truncate(zeros, 3<<30)) // a hole
	stdout, stderr, status := run(t, command(t, "-on", "all", dir))
	require.Equal(t, 1, status)
	require.Contains(t, stderr, zeros+": the word at byte 2 is longer than 1048576 bytes\n")
	require.Equal(t, "1 a\n1 b\ntotal 2 words, 2 distinct, 1 files, 3 bytes\n", stdout)
}

func TestBadFlags(t *testing.T) {
	cases := []struct{ args, want string }{
		{"-on threads", `invalid value "threads" for flag -on: want loop, goroutines, processes or all`},
		{"-top -1", `invalid value "-1" for flag -top: want a whole number from 0 to 2147483647`},
		{"-top many", `invalid value "many" for flag -top: want a whole number from 0 to 2147483647`},
		{"-workers 0", `invalid value "0" for flag -workers: want a whole number from 1 to 1024`},
		{"-workers 1025", `invalid value "1025" for flag -workers: want a whole number from 1 to 1024`},
		{"-kill 1001", `invalid value "1001" for flag -kill: want a whole number from 0 to 1000`},
		{"-kill 2", `flag -kill is 2, but -on goroutines starts no process to kill: want -on processes or all`},
		{"-kill 2 -on loop", `flag -kill is 2, but -on loop starts no process to kill: want -on processes or all`},
		{"-fast", `flag provided but not defined: -fast`},
	}
	for _, c := range cases {
		t.Run(c.args, func(t *testing.T) {
			stdout, stderr, status := run(t, command(t, strings.Fields(c.args)...))
			require.Equal(t, 2, status)
			require.Equal(t, "wordcount: "+c.want+"\n", stderr)
			require.Empty(t, stdout)
		})
	}
}

func TestHelp(t *testing.T) {
	stdout, stderr, status := run(t, command(t, "-h"))
	require.Zero(t, status)
	require.Equal(t, usage, stdout)
	require.Empty(t, stderr)
}
