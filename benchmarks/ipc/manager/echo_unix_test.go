//go:build unix

package manager_test

import (
	"context"
	"os"
	"os/exec"
	"syscall"
	"testing"

	"github.com/fanfold/fanfold/ipc"
)

// echo answers 40 bytes with the same, blocking in the kernel.
var echo = ipc.Func("bench.echo", func(_ context.Context, f *os.File) (struct{}, error) {
	fd := int(f.Fd()) // blocking from now on
	buf := make([]byte, 40)
	for {
		n, err := syscall.Read(fd, buf)
		if n <= 0 || err != nil {
			return struct{}{}, err
		}
		if _, err := syscall.Write(fd, buf[:n]); err != nil {
			return struct{}{}, err
		}
	}
})

func BenchmarkEcho(b *testing.B) {
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err != nil {
		b.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "echo")
	p, err := ipc.Start(context.Background(), echo, theirs)
	if err != nil {
		b.Fatal(err)
	}
	theirs.Close()
	syscall.SetNonblock(pair[0], false)
	buf := make([]byte, 40)
	for b.Loop() {
		syscall.Write(pair[0], buf)
		if _, err := syscall.Read(pair[0], buf); err != nil {
			b.Fatal(err)
		}
	}
	syscall.Close(pair[0])
	p.Kill()
	p.Join(context.Background())
}

// The same get and set through CPython's Manager.
func BenchmarkPythonDictGet(b *testing.B) {
	python, err := exec.LookPath("python3")
	if err != nil {
		b.Skip("no python3")
	}
	const script = `
import sys, time, multiprocessing
def main():
    n = 2000
    with multiprocessing.Manager() as m:
        d = m.dict(a=1)
        for _ in range(100): d["a"]
        t = time.perf_counter()
        for _ in range(n): d["a"]
        print((time.perf_counter() - t) / n * 1e9)
main()
`
	var out []byte
	for b.Loop() {
		if out, err = exec.Command(python, "-c", script).Output(); err != nil {
			b.Skip(err)
		}
	}
	var ns float64
	for _, r := range string(out) {
		if r == '.' {
			break
		}
		ns = ns*10 + float64(r-'0')
	}
	b.ReportMetric(ns, "ns/get")
}
