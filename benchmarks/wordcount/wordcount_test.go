package wordcount_test

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

var countInProcess = ipc.Func("count", words.Count)

func TestMain(m *testing.M) { os.Exit(ipc.TestMain(m)) }

// filesPerPiece is how many files are counted at a time: few enough for many
// pieces per worker, many enough that merging their counts is cheap beside
// counting them.
const filesPerPiece = 64

// A carrier counts the words of all pieces.
type carrier struct {
	name string
	run  func(ctx context.Context, pieces [][]string) (words.Totals, error)
}

// BenchmarkCount counts the words of GOROOT/src.
func BenchmarkCount(b *testing.B) {
	pieces := slices.Collect(slices.Chunk(sources(b), filesPerPiece))
	want, err := loop(b.Context(), pieces)
	if err != nil || want.Total == 0 {
		b.Fatalf("counted %d words (error %v)", want.Total, err)
	}
	for _, c := range []carrier{
		{"loop", loop},
		{"hand-goroutines", handGoroutines},
		{"fanfold-goroutines", goroutines},
	} {
		b.Run("impl="+c.name, func(b *testing.B) { count(b, c, pieces, want) })
	}
	b.Run("impl=fanfold-processes", func(b *testing.B) {
		pool, err := ipc.NewPool(context.Background())
		if errors.Is(err, errors.ErrUnsupported) {
			b.Skip(err)
		}
		if err != nil {
			b.Fatal(err)
		}
		defer pool.Close()
		count(b, carrier{"fanfold-processes", func(ctx context.Context, pieces [][]string) (words.Totals, error) {
			return par.MapReduce(ctx, pieces, countInProcess.On(pool), words.Merge)
		}}, pieces, want)
	})
}

// count times c after it has counted once: what it found is checked, and a pool
// has started its processes.
func count(b *testing.B, c carrier, pieces [][]string, want words.Totals) {
	got, err := c.run(b.Context(), pieces)
	if err != nil || got.Total != want.Total || got.Words.Len() != want.Words.Len() || got.Bytes != want.Bytes {
		b.Fatalf("%s counted %d words in %d bytes, the loop %d in %d (error %v)",
			c.name, got.Total, got.Bytes, want.Total, want.Bytes, err)
	}
	b.ReportAllocs()
	b.SetBytes(want.Bytes)
	for b.Loop() {
		if _, err := c.run(b.Context(), pieces); err != nil {
			b.Fatal(err)
		}
	}
}

func loop(ctx context.Context, pieces [][]string) (all words.Totals, err error) {
	for _, piece := range pieces {
		totals, err := words.Count(ctx, piece)
		if err != nil {
			return all, err
		}
		all = words.Merge(all, totals)
	}
	return all, nil
}

func goroutines(ctx context.Context, pieces [][]string) (words.Totals, error) {
	return par.MapReduce(ctx, pieces, words.Count, words.Merge)
}

func handGoroutines(ctx context.Context, pieces [][]string) (all words.Totals, err error) {
	queue := make(chan []string, len(pieces))
	for _, piece := range pieces {
		queue <- piece
	}
	close(queue)
	sums := make([]words.Totals, runtime.GOMAXPROCS(0))
	var g errgroup.Group
	for i := range sums {
		g.Go(func() error {
			for piece := range queue {
				totals, err := words.Count(ctx, piece)
				if err != nil {
					return err
				}
				sums[i] = words.Merge(sums[i], totals)
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return all, err
	}
	for _, sum := range sums {
		all = words.Merge(all, sum)
	}
	return all, nil
}

// sources lists the regular files of the Go distribution's source.
func sources(b *testing.B) []string {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		b.Fatal(err)
	}
	var files []string
	err = filepath.WalkDir(filepath.Join(strings.TrimSpace(string(root)), "src"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		b.Fatal(err)
	}
	return files
}
