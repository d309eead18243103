// Package programs tests folders of small programs: each is built, run and compared
// with what it is to print.
package programs

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// A Program is run with arguments, and prints lines.
type Program struct {
	Name   string // its folder, below that of the test
	Args   string
	Stdout string
	// Order, if set, gives the form in which standard output is compared: sorted,
	// where lines may come in any order.
	Order  func(string) any
	Stderr string // a part of it; none if empty
	Status int
}

// Sorted is an Order: lines may come in any order.
func Sorted(text string) any { return slices.Sorted(strings.Lines(text)) }

// Test builds all programs below the test's folder and runs those of the table, which
// must leave none out.
func Test(t *testing.T, table []Program) {
	bin := t.TempDir()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, "go", "build", "-o", bin+string(filepath.Separator), "./...").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}

	for _, p := range table {
		t.Run(strings.TrimSpace(p.Name+" "+p.Args), func(t *testing.T) { p.test(ctx, t, bin) })
	}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		tested := slices.ContainsFunc(table, func(p Program) bool { return p.Name == e.Name() })
		if e.IsDir() && !tested {
			t.Errorf("%s is not tested", e.Name())
		}
	}
}

// test runs p, which lies in bin, and compares.
func (p Program) test(ctx context.Context, t *testing.T, bin string) {
	path := filepath.Join(bin, p.Name)
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, path, strings.Fields(p.Args)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	if status := cmd.ProcessState.ExitCode(); status != p.Status {
		t.Errorf("status %d, want %d", status, p.Status)
	}
	order := p.Order
	if order == nil {
		order = func(text string) any { return text }
	}
	if got, want := order(stdout.String()), order(p.Stdout); !reflect.DeepEqual(got, want) {
		t.Errorf("printed %q, want %q", got, want)
	}
	if !strings.Contains(stderr.String(), p.Stderr) || p.Stderr == "" && stderr.Len() > 0 {
		t.Errorf("said %q, want %q", stderr.String(), p.Stderr)
	}
}
