// Run runs snippets of Go, and the programs in the folder above, as the command python runs
// its own. A snippet imports by itself what it uses of fanfold and of the standard
// library. It is a list of statements, declarations among them, or a whole program.
//
//	go run ./examples/run -c 'fmt.Println(par.Map(context.Background(), []int{1, 2, 3}, try.Lift(strconv.Itoa)))'
//	go run ./examples/run -i
//	go run ./examples/run -m http.server
//	go run ./examples/run -h
//
// It needs the go command, and the repository around the working directory.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "run: %v\nTry run -h for what it can be told.\n", err)
		os.Exit(2)
	}
	for _, note := range o.notes {
		fmt.Fprintln(os.Stderr, "run:", note)
	}
	status, err := o.run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "run:", err)
		status = max(status, 1)
	}
	os.Exit(status)
}

// run does what the options say, and returns the exit status.
func (o *options) run() (int, error) {
	switch {
	case o.help:
		stdout.Print(usage)
		return 0, nil
	case o.version:
		stdout.Println(version())
		return 0, nil
	case o.module == "http.server":
		return serveFolder(o.args)
	}
	w, err := newWorkshop(o)
	if err != nil {
		return 1, err
	}
	defer w.close()
	if o.module != "" {
		return w.runExample(o.module, o.args)
	}
	name, code, err := o.code(os.Stdin)
	if err != nil {
		return 1, err
	}
	status := 0
	if code != "" {
		if status, err = w.runSnippet(name, code, o.args); err != nil && !o.interactive {
			return status, err
		}
	}
	if !o.interactive {
		return status, nil
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = ""
	}
	return 0, w.interact(name, code, os.Stdin, os.Stderr)
}

// code returns the snippet and what it is called in messages. It is empty where lines are
// to be typed in.
func (o *options) code(stdin *os.File) (name, code string, err error) {
	switch {
	case o.snippet:
		return "<string>", o.command, nil
	case o.file != "" && o.file != "-":
		data, err := os.ReadFile(o.file)
		code = string(data)
		if _, rest, found := strings.Cut(code, "\n"); o.skipFirst && found {
			code = "\n" + rest // the lines keep their numbers
		}
		return o.file, code, err
	case o.interactive || isTerminal(stdin) && o.file == "":
		o.interactive = true
		return "<stdin>", "", nil
	}
	data, err := io.ReadAll(bufio.NewReader(stdin))
	return "<stdin>", string(data), err
}

// version is the one of fanfold, and Go's.
func version() string {
	ours := "(devel)"
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		ours = info.Main.Version
	}
	return fmt.Sprintf("fanfold %s, %s %s/%s", ours, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// wait runs cmd and returns its exit status, or 128 and its signal's number. Signals that
// are to end this program end cmd instead.
func wait(cmd *exec.Cmd) (int, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := cmd.Start(); err != nil {
		return 1, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if s != os.Interrupt || !isTerminal(os.Stdin) { // a terminal has told cmd, too
				_ = cmd.Process.Signal(s)
			}
		case err := <-ended:
			if err != nil && !errors.As(err, new(*exec.ExitError)) {
				return 1, err
			}
			if ws, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && ws.Signaled() {
				return 128 + int(ws.Signal()), nil
			}
			return cmd.ProcessState.ExitCode(), nil
		}
	}
}
