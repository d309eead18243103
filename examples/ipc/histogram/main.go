// Histogram counts the bytes of this program's own file. Several processes read parts of
// it and count in one array of shared memory; nothing is merged. Then one goroutine
// counts the same, and both are compared.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"runtime"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A Part is a part of a file, and where its bytes are counted.
type Part struct {
	File   *os.File // the same for all
	Lo, Hi int64
	Counts *shm.Array[int64]
}

var count = ipc.Func("count", func(_ context.Context, p Part) (int64, error) {
	defer p.File.Close()
	var own [256]int64
	n, err := countBytes(&own, io.NewSectionReader(p.File, p.Lo, p.Hi-p.Lo))
	for b, k := range own {
		if k > 0 {
			shm.AddAt(p.Counts, b, k)
		}
	}
	return n, err
})

func countBytes(counts *[256]int64, r io.Reader) (n int64, err error) {
	buf := make([]byte, 64<<10)
	for {
		k, err := r.Read(buf)
		for _, b := range buf[:k] {
			counts[b]++
		}
		n += int64(k)
		if err == io.EOF {
			return n, nil
		}
		if err != nil {
			return n, err
		}
	}
}

func main() {
	ipc.Main() // in a worker process: runs its function, does not return
	flags.Parse()

	ctx := context.Background()
	path, err := os.Executable()
	if err != nil {
		log.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		log.Fatal(err)
	}
	memory, err := shm.NewMemory()
	if err != nil {
		log.Fatal(err)
	}
	defer memory.Close()
	counts, err := shm.NewArray[int64](memory, 256)
	if err != nil {
		log.Fatal(err)
	}
	pool, err := ipc.NewPool(ctx)
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()

	const size = 1 << 20
	var parts []Part
	for lo := int64(0); lo < info.Size(); lo += size {
		parts = append(parts, Part{file, lo, min(lo+size, info.Size()), counts})
	}
	begun := time.Now()
	if _, err = par.Map(ctx, parts, count.On(pool), par.Options{Workers: runtime.GOMAXPROCS(0)}); err != nil {
		log.Fatal(err)
	}
	took := time.Since(begun)

	var alone [256]int64
	begun = time.Now()
	if _, err = countBytes(&alone, io.NewSectionReader(file, 0, info.Size())); err != nil {
		log.Fatal(err)
	}
	tookAlone := time.Since(begun)
	var sum int64
	for b, n := range counts.All() {
		if n != alone[b] {
			log.Fatalf("byte %#02x was counted %d times, want %d", b, n, alone[b])
		}
		sum += n
	}
	stdout.Println("all bytes counted:", sum == info.Size())
	log.Printf("processes took %v, one goroutine %v", took.Round(time.Millisecond), tookAlone.Round(time.Millisecond))
}
