// Simplemath makes a package of one's own, from an empty folder to one that others get: a
// module with a package, its tests, its documentation, a license and a version; a proxy that
// serves it, beside fanfold; a program that uses both; an update, and its retraction.
//
// Each command is printed before its output. All happens in a folder that is removed at the
// end, and nothing is published elsewhere. -keep leaves the folder there.
package main

import (
	"context"
	"embed"
	"flag"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/internal/proxy"
)

// files are those of the package, which are written by hand.
//
//go:embed simplemath
var files embed.FS

const (
	simplemath = "example.com/simplemath"
	fanfold    = "github.com/fanfold/fanfold"
)

// calculator is a program that uses both modules.
const calculator = `package main

import (
	"context"
	"fmt"

	"example.com/simplemath"
	"github.com/fanfold/fanfold/functional/par"
)

func main() {
	fmt.Println("Add(3, 4) =", simplemath.Add(3, 4))
	fmt.Println("Subtract(10, 5) =", simplemath.Subtract(10, 5))
	next := func(_ context.Context, n int) (int, error) { return simplemath.Add(n, 1), nil }
	fmt.Println(par.Map(context.Background(), []int{1, 2, 3}, next))
}
`

func main() {
	log.SetFlags(0)
	log.SetPrefix("simplemath: ")
	keep := flag.Bool("keep", false, "leave the folder, and say where it is")
	flags.Parse()
	dir, err := os.MkdirTemp("", "simplemath-")
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop)
	err = walk(ctx, dir)
	if *keep {
		log.Print("the folder is ", dir)
	} else if failed := os.RemoveAll(dir); err == nil {
		err = failed
	}
	switch {
	case ctx.Err() != nil:
		log.Print(context.Cause(ctx))
		os.Exit(130)
	case err != nil:
		log.Fatal(err)
	}
}

// walk goes the whole way, in a folder.
func walk(ctx context.Context, dir string) error {
	root, err := ask(ctx, "list", "-m", "-f", "{{.Dir}}", fanfold)
	if err != nil {
		return fmt.Errorf("fanfold is not in the module around the working directory: %w", err)
	}
	cache, err := ask(ctx, "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	others, err := ask(ctx, "env", "GOPROXY")
	if err != nil {
		return err
	}
	shop := proxy.Proxy(filepath.Join(dir, "proxy"))
	env := append(os.Environ(),
		// What is published here, then what this machine has.
		"GOPROXY="+shop.URL()+","+proxy.Proxy(filepath.Join(cache, "cache", "download")).URL()+","+others,
		"GOMODCACHE="+filepath.Join(dir, "cache"), "GOFLAGS=-modcacherw",
		// Go's public list of checksums does not know these modules.
		"GOSUMDB=off", "GOWORK=off", "GOTOOLCHAIN=local", "GOVCS=*:off",
	)
	w := &walker{ctx: ctx, env: env, shop: shop, ours: filepath.Join(dir, "simplemath"), theirs: filepath.Join(dir, "calculator")}
	for _, step := range []func() error{
		w.write, w.test,
		func() error { return w.release("v0.1.0") },
		func() error { return shop.Publish(proxy.Module{Path: fanfold, Version: "v0.1.0", Folder: root}) },
		w.use, w.update, w.retract,
	} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// A walker has the two modules and the proxy.
type walker struct {
	ctx          context.Context
	ours, theirs string // folders
	env          []string
	shop         proxy.Proxy
}

// write makes the module and writes the package.
func (w *walker) write() error {
	if err := title("a module, and a package in it"); err != nil {
		return err
	}
	source, err := fs.Sub(files, "simplemath")
	if err != nil {
		return err
	}
	if err := os.CopyFS(w.ours, source); err != nil {
		return err
	}
	return w.run(w.ours, "go mod init "+simplemath)
}

// test looks at what was written.
func (w *walker) test() error {
	if err := title("its tests, its examples, and its documentation"); err != nil {
		return err
	}
	for _, command := range []string{"gofmt -l .", "go vet ./...", "go test -v ./...", "go doc -all ."} {
		if err := w.run(w.ours, command); err != nil {
			return err
		}
	}
	return nil
}

// release publishes the module as it is. Elsewhere, git tag and git push would do: the
// public proxy gets a version from the repository when somebody asks for it.
func (w *walker) release(version string) error {
	if err := title("released as " + version + ": elsewhere, git tag " + version + " && git push --tags"); err != nil {
		return err
	}
	return w.shop.Publish(proxy.Module{Path: simplemath, Version: version, Folder: w.ours})
}

// use writes a program that uses the package and fanfold.
func (w *walker) use() error {
	if err := title("a program that uses it, and fanfold"); err != nil {
		return err
	}
	if err := os.MkdirAll(w.theirs, 0o755); err != nil {
		return err
	}
	if err := w.run(w.theirs, "go mod init example.com/calculator"); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(w.theirs, "main.go"), []byte(calculator), 0o644); err != nil {
		return err
	}
	for _, command := range []string{"go get " + simplemath + " " + fanfold, "go mod tidy", "go run .", "go list -m all"} {
		if err := w.run(w.theirs, command); err != nil {
			return err
		}
	}
	return nil
}

// update releases a version with an error, which the program gets.
func (w *walker) update() error {
	name := filepath.Join(w.ours, "subtract.go")
	source, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	wrong := strings.Replace(string(source), "return a - b", "return b - a", 1)
	if err := os.WriteFile(name, []byte(wrong), 0o644); err != nil {
		return err
	}
	if err := w.release("v0.1.1"); err != nil {
		return err
	}
	if err := os.WriteFile(name, source, 0o644); err != nil {
		return err
	}
	for _, command := range []string{"go list -m -u " + simplemath, "go get -u " + simplemath, "go run ."} {
		if err := w.run(w.theirs, command); err != nil {
			return err
		}
	}
	return nil
}

// retract takes the version back, in a later one: a version that is published stays.
func (w *walker) retract() error {
	if err := title("Subtract was wrong: a later version retracts v0.1.1"); err != nil {
		return err
	}
	if err := w.run(w.ours, "go mod edit -retract v0.1.1"); err != nil {
		return err
	}
	if err := w.release("v0.1.2"); err != nil {
		return err
	}
	for _, command := range []string{"go list -m -u " + simplemath, "go get " + simplemath + "@latest", "go run .", "go list -m -versions " + simplemath} {
		if err := w.run(w.theirs, command); err != nil {
			return err
		}
	}
	return nil
}

// run prints a command and what it prints.
func (w *walker) run(dir, command string) error {
	if _, err := fmt.Println(filepath.Base(dir) + "$ " + command); err != nil {
		return err
	}
	words := strings.Fields(command)
	cmd := exec.CommandContext(w.ctx, words[0], words[1:]...)
	cmd.Dir, cmd.Env = dir, w.env
	out, err := cmd.CombinedOutput()
	if _, failed := fmt.Print(string(out)); failed != nil {
		return failed
	}
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	return nil
}

func title(text string) error {
	_, err := fmt.Print("\n# " + text + "\n")
	return err
}

// ask returns a line that the go command prints.
func ask(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "go", args...).Output()
	return strings.TrimSpace(string(out)), err
}
