//go:build linux

// Sandbox looks into files that nobody should trust: images and archives, with the
// decoders of the standard library, each file in a process of its own that may use so
// much memory and time, and no more.
//
//	go run ./examples/ipc/sandbox [-memory MiB] [-cpu d] [-time d] [-workers n] [FOLDER]
//
// Without a folder it makes one full of hostile files, and removes it afterwards. A
// bomb costs its worker's life, and nobody else anything. Standard output gets a table,
// in the order of the files' names; the exit status is 0 if there is a verdict on each, 1
// if there is not, 2 for a wrong flag, and 130 after an interrupt, which leaves no table.
//
// It is a sandbox for accidents: a worker has the rights of this program. What can be
// had from the system is had by PoolOptions.Sys: other users, namespaces, a chroot.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/ipc"
)

func main() {
	ipc.Main() // in a worker process: serves calls, does not return

	log.SetFlags(0)
	log.SetPrefix("sandbox: ")
	o := parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := run(ctx, o, os.Stdout)
	if ctx.Err() != nil {
		log.Printf("interrupted: not every file was looked into")
		os.Exit(130)
	}
	if err != nil {
		log.Fatal(err)
	}
}

type options struct {
	folder    string
	memory    int // MiB
	cpu, wall time.Duration
	workers   int
}

func parse() options {
	o := options{memory: 192, cpu: 2 * time.Second, wall: time.Minute, workers: 2}
	flag.Func("memory", "how many `MiB` of memory one file may take (192)", flags.Number(&o.memory, 128, 1<<20))
	flag.Func("cpu", "how much `time` of a processor, in whole seconds (2s)", flags.Duration(&o.cpu, time.Second))
	flag.Func("time", "how much `time` (1m)", flags.Duration(&o.wall, time.Millisecond))
	flag.Func("workers", "how many files to look into at a time (2)", flags.Number(&o.workers, 1, 1024))
	flag.Parse()
	if flag.NArg() > 1 {
		flags.Fail("%d folders given, want at most one", flag.NArg())
	}
	o.folder = flag.Arg(0)
	return o
}

func run(ctx context.Context, o options, w io.Writer) error {
	if o.folder == "" {
		folder, err := os.MkdirTemp("", "sandbox")
		if err != nil {
			return err
		}
		defer os.RemoveAll(folder)
		if err := makeHostile(ctx, folder); err != nil {
			return err
		}
		o.folder = folder
	}
	entries, err := os.ReadDir(o.folder) // sorted
	if err != nil {
		return err
	}
	files := functional.MapSlice(entries, func(e os.DirEntry) string { return filepath.Join(o.folder, e.Name()) })

	pool, err := ipc.NewPool(ctx, ipc.PoolOptions{
		Workers:  o.workers,
		MaxCalls: 1, // what one file did to its worker is nothing to the next
		Launch: ipc.Launch{
			Stderr: io.Discard, // what a crash says is in its error
			Limits: ipc.Limits{
				Memory:   int64(o.memory) << 20,
				CPU:      o.cpu,
				Files:    64,
				FileSize: 1, // it is to read
				NoCore:   true,
			},
		},
	})
	if err != nil {
		return err
	}
	defer pool.Close() // an interrupt waits for nobody
	verdicts, err := par.Map(ctx, files, judge(pool, o.wall), par.Options{Workers: o.workers, Chunk: 1})
	if err != nil {
		return err
	}

	return write(w, files, verdicts)
}

// write writes the table. What it says of a file is a line, whatever the file's name is.
func write(w io.Writer, files []string, verdicts []verdict) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tKIND\tVERDICT")
	for i, v := range verdicts {
		fmt.Fprintf(table, "%s\t%s\t%s\n", stdout.Name(filepath.Base(files[i])), v.kind, stdout.Line(v.text))
	}
	return table.Flush()
}
