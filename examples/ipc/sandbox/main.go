//go:build linux

// Sandbox looks into files that nobody should trust: images and archives, with the
// decoders of the standard library, each file in a process of its own that may use so
// much memory and time, and no more.
//
//	go run ./examples/ipc/sandbox [-memory MiB] [-cpu d] [-time d] [-workers n] [FOLDER]
//
// Without a folder it makes one full of hostile files, and removes it afterwards. A
// bomb costs its worker's life, and nobody else anything. Standard output gets a table,
// in the order of the files' names; the exit status is 0 if there is a verdict on each.
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
	if err := run(ctx, o, os.Stdout); err != nil {
		log.Fatal(err)
	}
}

type options struct {
	folder    string
	memory    int64 // MiB
	cpu, wall time.Duration
	workers   int
}

func parse() (o options) {
	flag.Int64Var(&o.memory, "memory", 192, "how many MiB of memory one file may take, 128 at least")
	flag.DurationVar(&o.cpu, "cpu", 2*time.Second, "how much of a processor, in whole seconds")
	flag.DurationVar(&o.wall, "time", time.Minute, "how much time")
	flag.IntVar(&o.workers, "workers", 2, "how many files to look into at a time")
	flag.Parse()
	if o.memory < 128 || o.cpu <= 0 || o.wall <= 0 || o.workers < 1 || flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
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
		if err := makeHostile(folder); err != nil {
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
				Memory:   o.memory << 20,
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

	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "FILE\tKIND\tVERDICT")
	for i, v := range verdicts {
		fmt.Fprintf(table, "%s\t%s\t%s\n", entries[i].Name(), v.kind, v.text)
	}
	return table.Flush()
}
