//go:build linux

package files_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/fanfold/fanfold/ioloop"
)

const (
	blockSize = 4 << 10
	fileSize  = 256 << 20
	inFlight  = 64
)

// BenchmarkDirect reads blocks of a file in any order, past the cache of the system.
func BenchmarkDirect(b *testing.B) {
	name := file(b)
	b.Run("impl=fanfold-ring", func(b *testing.B) { byLoop(b, name, unix.O_DIRECT, ioloop.Options{Ring: ioloop.RingMust}) })
	b.Run("impl=fanfold-pool", func(b *testing.B) { byLoop(b, name, unix.O_DIRECT, ioloop.Options{}) })
	best := 0
	b.Run("impl=os.File", func(b *testing.B) {
		if best == 0 {
			best = bestNumber(b, name)
			b.ResetTimer()
		}
		b.ReportMetric(float64(best), "goroutines")
		byGoroutines(b, name, unix.O_DIRECT, best)
	})
}

// BenchmarkCached reads blocks that the system has in memory, one at a time and many.
func BenchmarkCached(b *testing.B) {
	name := file(b)
	b.Run("impl=fanfold-ring", func(b *testing.B) { byLoop(b, name, 0, ioloop.Options{Ring: ioloop.RingMust}) })
	b.Run("impl=fanfold-pool", func(b *testing.B) { byLoop(b, name, 0, ioloop.Options{}) })
	b.Run("impl=os.File", func(b *testing.B) { byGoroutines(b, name, 0, 2) })
}

// file makes a file for a benchmark. A file system in memory has no reads past its cache.
func file(b *testing.B) string {
	dir, err := os.MkdirTemp(".", "blocks")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	name := filepath.Join(dir, "file")
	f, err := os.Create(name)
	if err != nil {
		b.Fatal(err)
	}
	piece := make([]byte, 1<<20)
	random := rand.NewChaCha8([32]byte{})
	for range fileSize / len(piece) {
		random.Read(piece)
		if _, err := f.Write(piece); err != nil {
			b.Fatal(err)
		}
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		b.Fatal(err)
	}
	return name
}

// block returns memory that the disk can write to.
func block(b *testing.B) []byte {
	p, err := unix.Mmap(-1, 0, blockSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { unix.Munmap(p) })
	return p
}

func offset() int64 { return rand.Int64N(fileSize/blockSize) * blockSize }

// byLoop has a loop read, with many reads in flight.
func byLoop(b *testing.B, name string, flag int, o ioloop.Options) {
	ctx := context.Background()
	l, err := ioloop.New(o)
	if err != nil {
		b.Skip(err)
	}
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	defer func() { l.Close(); <-done }()
	f, err := l.Open(ctx, name, os.O_RDONLY|flag, 0).Result(ctx)
	if err != nil {
		b.Skip(err)
	}
	blocks := make([][]byte, inFlight)
	for i := range blocks {
		blocks[i] = block(b)
	}
	b.ResetTimer()
	_, err = ioloop.Call(ctx, l, func() (struct{}, error) { return struct{}{}, nil })
	all := make(chan error, 1)
	begun, ended := 0, 0
	var read func(p []byte)
	read = func(p []byte) {
		if begun == b.N {
			return
		}
		begun++
		ioloop.Deliver(l, f.ReadAt(ctx, p, offset()), func(_ int, err error) {
			if ended++; err != nil || ended == b.N {
				all <- err
				return
			}
			read(p)
		})
	}
	if err := errors.Join(err, l.Post(ctx, func() {
		for _, p := range blocks {
			read(p)
		}
	}), <-all); err != nil {
		b.Fatal(err)
	}
}

// byGoroutines has so many goroutines read.
func byGoroutines(b *testing.B, name string, flag, goroutines int) {
	f, err := os.OpenFile(name, os.O_RDONLY|flag, 0)
	if err != nil {
		b.Skip(err)
	}
	defer f.Close()
	blocks := make([][]byte, goroutines)
	for i := range blocks {
		blocks[i] = block(b)
	}
	b.ResetTimer()
	var begun atomic.Int64
	var all sync.WaitGroup
	for _, p := range blocks {
		all.Go(func() {
			for begun.Add(1) <= int64(b.N) {
				if _, err := f.ReadAt(p, offset()); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// bestNumber returns with how many goroutines os.File reads fastest.
func bestNumber(b *testing.B, name string) (best int) {
	fastest := time.Duration(0)
	for _, n := range []int{1, 2, 4, 8, 16, 32, 64, 128} {
		f, err := os.OpenFile(name, os.O_RDONLY|unix.O_DIRECT, 0)
		if err != nil {
			b.Skip(err)
		}
		const reads = 4000
		var begun atomic.Int64
		var all sync.WaitGroup
		start := time.Now()
		for range n {
			p := block(b)
			all.Go(func() {
				for begun.Add(1) <= reads {
					if _, err := f.ReadAt(p, offset()); err != nil {
						b.Error(err)
					}
				}
			})
		}
		all.Wait()
		f.Close()
		if took := time.Since(start); fastest == 0 || took < fastest {
			fastest, best = took, n
		}
	}
	return best
}
