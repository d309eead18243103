// Wordcount counts the words of every file below some folders: one map, one
// fold, and a choice of who carries the work.
//
//	go run ./examples/wordcount [-on loop|goroutines|processes|all] [-top n] [-workers n] [-kill n] [DIR ...]
//
// The map, [words.Count], is a plain function. Whether it runs in a loop, on
// goroutines or in processes that may be killed half-way is one line more or
// less in carriers.go, which is the heart of the program. The rest is what any
// program needs that is busy with files for a while: walking folders, progress,
// interrupts, a table.
//
// Standard output gets the words counted most often and one last line of totals,
// standard error everything else. The exit status is 0 when all was counted, 1
// when something could not be (it is named, and the rest is counted) or when
// two carriers disagree, 2 for a wrong flag, and 130 after an interrupt, which
// prints what was counted so far.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/ipc"
)

func main() {
	debug.SetGCPercent(400) // tables come and go quickly, and few are alive at a time
	ipc.Main()              // in a worker process: serves calls, does not return

	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		stdout.Print(usage)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "wordcount: %v\n", err)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program whatever it is doing

	j := &job{options: o, console: console.New("wordcount", os.Stderr)}
	os.Exit(j.run(ctx, os.Stdout))
}
