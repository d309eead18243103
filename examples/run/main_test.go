package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/internal/effort"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// compiled returns the program, and a function that runs it in the root of the module.
func compiled(t *testing.T) (program string, run func(stdin string, args ...string) (stdout, stderr string, status int)) {
	t.Helper()
	program = filepath.Join(t.TempDir(), "run.exe")
	out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, ".").CombinedOutput()
	require.NoError(t, err, "%s", out)
	return program, func(stdin string, args ...string) (string, string, int) {
		cmd := exec.CommandContext(t.Context(), program, args...)
		var stdout, stderr bytes.Buffer
		cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = "../..", strings.NewReader(stdin), &stdout, &stderr
		if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
			t.Fatal(err)
		}
		return stdout.String(), stderr.String(), cmd.ProcessState.ExitCode()
	}
}

// What the program prints, says on standard error (a part of it; none if empty), and ends
// with.
func TestRun(t *testing.T) {
	if effort.Race {
		t.Skip("it starts compilers, and programs without the race detector")
	}
	_, run := compiled(t)
	script := filepath.Join(t.TempDir(), "script")
	require.NoError(t, os.WriteFile(script, []byte("#!/usr/bin/env run\nfmt.Println(len(os.Args), os.Args[1])\nundefinedName()\n"), 0o600))
	for _, c := range []struct {
		name           string
		stdin          string
		args           []string
		stdout, stderr string
		status         int
	}{
		{"-c", "", []string{"-c", `fmt.Println("Hello, World!")`}, "Hello, World!\n", "", 0},
		{"arguments of -c", "", []string{"-c", "fmt.Println(os.Args)", "-x", "y"}, "[-c -x y]\n", "", 0},
		{"functions and types", "", []string{"-c", "type P struct{ X int }\nfunc (p P) Twice() int { return 2 * p.X }\np := P{4}; unused := 1\nfmt.Println(p.Twice())"}, "8\n", "", 0},
		{"our packages", "", []string{"-c", "fmt.Println(par.Map(context.Background(), []string{`1`, `2`}, try.Lift(strconv.Atoi)))"}, "[1 2] <nil>\n", "", 0},
		{"processes", "", []string{"-c", "var Square = ipc.Func(`square`, func(_ context.Context, n int) (int, error) { return n * n, nil })\npool, err := ipc.NewPool(context.Background(), ipc.PoolOptions{Workers: 1})\nassert(err == nil, err)\ndefer pool.Close()\nfmt.Println(Square.On(pool)(context.Background(), 12))"}, "144 <nil>\n", "", 0},
		{"an import of one's own", "", []string{"-c", "import r \"math/rand\"\nfmt.Println(r.New(r.NewSource(1)) != nil)"}, "true\n", "", 0},
		{"the user's line", "", []string{"-c", "x := 1\nfmt.Println(x,\n  y)"}, "", "run: <string>:3:3: undefined: y\n", 1},
		{"the user's column", "", []string{"-c", "x := 1; fmt.Printn(x)"}, "", "run: <string>:1:13: undefined: fmt.Printn\n", 1},
		{"what cannot be parsed", "", []string{"-c", "fmt.Println(1"}, "", "<string>:1:14: syntax error", 1},
		{"status", "", []string{"-c", "os.Exit(7)"}, "", "", 7},
		{"panic", "", []string{"-c", "\npanic(`no`)"}, "", "<string>:2", 2},
		{"assert", "", []string{"-c", "assert(1 > 2, `so`, 3)"}, "", `assertion failed: "so" 3`, 2},
		{"-O", "", []string{"-O", "-c", "assert(1 > 2); fmt.Println(1)"}, "1\n", "", 0},
		{"-m", "", []string{"-m", "functional.map"}, "[1 4 9 16 25]\n[5 7 9]\n", "", 0},
		{"-m with a slash", "", []string{"-m", "concurrent/pool", "-nosuchflag"}, "", "-nosuchflag", 2},
		{"-m of none", "", []string{"-m", "no.such"}, "", `there is no program "no.such"; go run ./examples lists all`, 1},
		{"-m outside", "", []string{"-m", "../tools/doccheck"}, "", "there is no program", 1},
		{"-x, and a script", "", []string{"-x", script, "a"}, "", "script:3:1: undefined: undefinedName\n", 1},
		{"no script", "", []string{"nosuchfile"}, "", "nosuchfile", 1},
		{"standard input", "fmt.Println(3)", nil, "3\n", "", 0},
		{"a whole program", "package main\n\nfunc main() { fmt.Println(len(os.Args)) }", []string{"-", "a"}, "2\n", "", 0},
		{"a line of a whole program", "package main\n\nfunc main() { x }", nil, "", "run: <stdin>:3:15: ", 1},
		{"-W default", "", []string{"-W", "default", "-c", "fmt.Printf(`%d`, `x`)"}, "%!d(string=x)", "<string>:1:13: fmt.Printf format %d", 0},
		{"-W error", "", []string{"-Werror", "-c", "fmt.Printf(`%d`, `x`)"}, "", "<string>:1:13: fmt.Printf format %d", 1},
		{"-v", "", []string{"-v", "-c", "fmt.Println(strings.ToUpper(`a`))"}, "A\n", "import strings # ", 0},
		{"pointless", "", []string{"-BsR", "-c", "fmt.Println(1)"}, "1\n", "run: -R does nothing: maps are hashed at random anyway\n", 0},
		{"-V", "", []string{"-V"}, version() + "\n", "", 0},
		{"-h", "", []string{"-h"}, usage, "", 0},
		{"a wrong option", "", []string{"-iZ"}, "", "there is no option -Z", 2},
		{"-i", "x := 5\nx * 2\nfunc double(n int) int {\nreturn 2 * n\n}\ndouble(x)\nfmt.Println(\"aloud once\")\ny\npanic(\"no\")\nstrconv.Atoi(\"z\")\nprintln()\n", []string{"-i", "-c", "fmt.Println(`first`)"},
			"first\n10\n10\naloud once\n0 strconv.Atoi: parsing \"z\": invalid syntax\n", "<stdin-6>:1:1: undefined: y", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			stdout, stderr, status := run(c.stdin, c.args...)
			assert.Equal(t, c.stdout, stdout)
			assert.Equal(t, c.status, status, stderr)
			assert.Contains(t, stderr, c.stderr)
			if c.stderr == "" {
				assert.Empty(t, stderr)
			}
		})
	}
}

// -E keeps Go's variables from the go command and from the snippet, and -X faulthandler
// asks for all goroutines.
func TestEnvironment(t *testing.T) {
	env := []string{"PATH=/bin", "GOFLAGS=-x", "HOME=/"}
	assert.Equal(t, env, environment(env, &options{}))
	assert.Equal(t, []string{"PATH=/bin", "HOME=/", "GOTRACEBACK=all"}, environment(env, &options{clean: true, faults: true}))
}

// A race is found with -X dev, where the race detector is.
func TestRace(t *testing.T) {
	if out, err := exec.CommandContext(t.Context(), "go", "run", "-race", "./snippet").CombinedOutput(); err != nil {
		t.Skipf("no race detector: %v %s", err, out)
	}
	_, run := compiled(t)
	_, stderr, status := run("", "-X", "dev", "-c", "n, done := 0, make(chan bool)\ngo func() { n++; done <- true }()\nn++\n<-done")
	assert.Contains(t, stderr, "DATA RACE")
	assert.Equal(t, 66, status)
}

// An interrupt ends the snippet, and its status is that of a shell.
func TestInterrupt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no interrupts")
	}
	program, _ := compiled(t)
	cmd := exec.CommandContext(t.Context(), program, "-c", `fmt.Println("ready"); time.Sleep(time.Hour)`)
	cmd.Dir = "../.."
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	defer in.Close()
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "ready\n", line)
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.Error(t, cmd.Wait())
	require.Equal(t, 128+2, cmd.ProcessState.ExitCode())
}

// The server of files serves a folder, and nothing outside of it, until it is told to end.
func TestServer(t *testing.T) {
	program, run := compiled(t)
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.txt"), []byte("text"), 0o600))
	require.NoError(t, os.Symlink("/etc/hosts", filepath.Join(dir, "out")))
	cmd := exec.CommandContext(t.Context(), program, "-m", "http.server", "0")
	cmd.Dir = dir
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	_, url, _ := strings.Cut(line, "(")
	url, _, _ = strings.Cut(url, ")")
	client := &http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	for path, want := range map[string]int{"a.txt": 200, "": 200, "out": 404, "../a": 404, "b": 404} {
		resp, err := client.Get(url + path)
		require.NoError(t, err)
		body, err := io.ReadAll(resp.Body)
		require.NoError(t, err)
		resp.Body.Close()
		if want == 404 {
			assert.NotEqual(t, 200, resp.StatusCode, path)
			continue
		}
		assert.Equal(t, want, resp.StatusCode, path)
		assert.Contains(t, string(body), map[string]string{"a.txt": "text", "": "a.txt"}[path])
	}
	client.CloseIdleConnections()
	if runtime.GOOS == "windows" {
		require.NoError(t, cmd.Process.Kill())
		_ = cmd.Wait()
		return
	}
	require.NoError(t, cmd.Process.Signal(os.Interrupt))
	require.NoError(t, cmd.Wait())

	_, stderr, status := run("", "-m", "http.server", "99999")
	assert.Contains(t, stderr, "want one port")
	assert.Equal(t, 2, status)
}
