package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// A workshop builds programs in a folder of its own.
type workshop struct {
	options *options
	env     []string
	dir     string
	root    string // of the module
	shelf   *shelf
}

// newWorkshop returns a workshop. The caller closes it.
func newWorkshop(o *options) (*workshop, error) {
	w := &workshop{options: o, env: environment(os.Environ(), o)}
	where, err := w.ask("list", "-m", "-f", "{{.Dir}}", ours)
	if err != nil {
		return nil, fmt.Errorf("fanfold is not in the module around the working directory: %w", err)
	}
	w.root = where
	goroot, err := w.ask("env", "GOROOT")
	if err != nil {
		return nil, err
	}
	if w.shelf, err = newShelf(w.root, goroot); err != nil {
		return nil, err
	}
	w.dir, err = os.MkdirTemp("", "run-")
	return w, err
}

func (w *workshop) close() { os.RemoveAll(w.dir) }

// environment is what the go command and programs get.
func environment(env []string, o *options) []string {
	var kept []string
	for _, v := range env {
		if !o.clean || !strings.HasPrefix(v, "GO") {
			kept = append(kept, v)
		}
	}
	if o.faults {
		kept = append(kept, "GOTRACEBACK=all")
	}
	return kept
}

// ask returns a line that the go command prints.
func (w *workshop) ask(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Env = w.env
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = fmt.Errorf("go %s: %s", args[0], bytes.TrimSpace(e.Stderr))
	}
	return strings.TrimSpace(string(out)), err
}

// runSnippet builds and runs a snippet.
func (w *workshop) runSnippet(name, code string, args []string) (int, error) {
	pieces := split(name, code)
	var source string
	var err error
	if len(pieces) > 0 && isProgram(pieces) {
		source, err = whole(name, code, pieces[0], w.shelf.find)
	} else {
		source, err = program{pieces: pieces}.source(w.shelf.find, w.options.optimize)
	}
	if err != nil {
		return 1, err
	}
	binary, err := w.build(source)
	if err != nil {
		return 1, err
	}
	cmd := w.command(binary, args)
	if cmd.Args[0] = name; w.options.snippet {
		cmd.Args[0] = "-c"
	}
	return wait(cmd)
}

// command returns a command that has this program's input and output.
func (w *workshop) command(binary string, args []string) *exec.Cmd {
	cmd := exec.Command(binary, args...)
	cmd.Env = w.env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd
}

// build compiles a source, and returns the program's file. What the compiler says is the
// error: it names the snippet's lines.
func (w *workshop) build(source string) (string, error) {
	overlay, err := w.overlay(source)
	if err != nil {
		return "", err
	}
	if w.options.verbose {
		if err := w.list(overlay); err != nil {
			return "", err
		}
	}
	if w.options.warnings != "ignore" {
		if err := w.goTool("vet", overlay, folder); err != nil {
			if w.options.warnings == "error" {
				return "", err
			}
			fmt.Fprintln(os.Stderr, err)
		}
	}
	binary := filepath.Join(w.dir, "snippet")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	return binary, w.goTool("build", append(w.flags(), overlay, "-o", binary, folder)...)
}

// folder is where the source seems to lie, so that it is a part of the module. Other files
// there are what snippets have beside what they import.
const folder = "./examples/run/snippet"

// overlay writes the source, and returns the flag that tells the go command to take it for
// the program in the folder.
func (w *workshop) overlay(source string) (string, error) {
	replace := map[string]string{}
	files, err := filepath.Glob(filepath.Join(w.root, filepath.FromSlash(folder), "*.go"))
	if err != nil {
		return "", err
	}
	for _, file := range files {
		switch {
		case filepath.Base(file) == "snippet.go":
			replace[file] = filepath.Join(w.dir, "snippet.go")
			if err := os.WriteFile(replace[file], []byte(source), 0o600); err != nil {
				return "", err
			}
		case !strings.Contains(source, "func _begin() {"): // a program of its own
			replace[file] = ""
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(w.dir, "overlay.json")
	return "-overlay=" + file, os.WriteFile(file, data, 0o600)
}

// flags are those of go build that the options ask for.
func (w *workshop) flags() []string {
	flags := []string{"-trimpath", "-buildvcs=false"}
	if w.options.optimize {
		flags = append(flags, "-ldflags=-s -w")
	}
	if w.options.dev {
		flags = append(flags, "-race")
	}
	return flags
}

// list says which packages are loaded.
func (w *workshop) list(overlay string) error {
	cmd := exec.Command("go", "list", overlay, "-deps", "-f", "import {{.ImportPath}} # {{.Dir}}", folder)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.root, w.env, os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		return err
	}
	return nil // what is wrong, the compiler says
}

// goTool runs the go command where the module is. Its error is what that says.
func (w *workshop) goTool(name string, args ...string) error {
	cmd := exec.Command("go", append([]string{name}, args...)...)
	var said strings.Builder
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = w.root, w.env, io.Discard, &said
	err := cmd.Run()
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return errors.New(w.plain(said.String()))
	}
	return err
}

// plain leaves out of the compiler's words where the source lies.
func (w *workshop) plain(words string) string {
	var lines []string
	for line := range strings.Lines(words) {
		if line = strings.TrimRight(line, "\r\n"); strings.HasPrefix(line, "# ") {
			continue
		}
		for _, prefix := range []string{"vet: ", "./", "examples/run/snippet/", w.dir + string(filepath.Separator)} {
			line = strings.TrimPrefix(line, prefix)
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

// runExample builds and runs a program of the folder above: netx.fetch or netx/fetch.
func (w *workshop) runExample(name string, args []string) (int, error) {
	below := strings.ReplaceAll(name, ".", "/")
	if info, err := os.Stat(filepath.Join(w.root, "examples", filepath.FromSlash(below), "main.go")); err != nil || info.IsDir() || strings.Contains(name, "..") {
		return 1, fmt.Errorf("there is no program %q; go run ./examples lists all", name)
	}
	binary := filepath.Join(w.dir, filepath.Base(below)+".exe")
	if err := w.goTool("build", append(w.flags(), "-o", binary, "./examples/"+below)...); err != nil {
		return 1, err
	}
	return wait(w.command(binary, args))
}
