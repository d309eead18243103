package shared_test

import (
	_ "embed"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
)

//go:embed testdata/robust.c
var robustSource string

// robustProgram compiles testdata/robust.c, once. The program is a file without a name, so that
// nothing is left.
var robustProgram = sync.OnceValues(func() (*os.File, error) {
	cc, err := exec.LookPath("cc")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "robust-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	program := filepath.Join(dir, "robust")
	build := exec.Command(cc, "-O2", "-pthread", "-xc", "-o", program, "-")
	build.Stdin = strings.NewReader(robustSource)
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("cc: %w: %s", err, out)
	}
	return os.Open(program)
})

// robust measures a robust mutex of a C program.
func robust(b *testing.B, mode string) {
	program, err := robustProgram()
	if err != nil {
		b.Skip(err)
	}
	b.ResetTimer() // it was compiled
	cmd := exec.Command(fmt.Sprintf("/proc/self/fd/%d", program.Fd()), mode, strconv.Itoa(b.N))
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		b.Fatal(err)
	}
	for i, value := range strings.Fields(string(out)) {
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(v, []string{"ns/op", "p99-ns/op"}[i])
	}
}
