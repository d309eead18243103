//go:build linux

// Storm is the proof that package ipc loses nothing: it injects faults into pools
// that are busy, one after another and several at a time, and holds the books about
// every call.
//
//	go run ./examples/ipc/storm [-n faults] [-transport both|rings|pipes] [-workers n] [-seed n] [-v]
//	go run ./examples/ipc/storm -shared [-n faults] [-workers n] [-seed n] [-v]
//
// Workers are killed, stopped, and exit; functions panic, crash, never end, close all
// descriptors, write garbage where answers are expected; arguments and results are too
// large or cannot be encoded; parents are killed, disks are full, descriptors and
// executables are wanting, initializers die, pools are resized, replaced, closed. All
// that happens before a call is read, while it is read, while it runs, while it is
// answered and when it is over.
//
// Calls write into a journal when they start (journal.go), callers write into a ledger
// how they ended (ledger.go), and at the end the two must agree: every call is
// accounted for once, none that may not run twice did, every error is the one that the
// fault calls for, nobody waited longer than bound, and nothing is left behind: no
// process, descriptor, goroutine, or shared memory.
//
// With -shared it is the proof of package ipc/shm instead (shared.go). Processes work at
// one object of each kind, a lock, an RWLock, a semaphore, a condition, a barrier, an
// event, queues, a number and a value (player.go), while others are killed, also several
// at a time and as they begin, stopped, replaced by another program, canceled, crash or
// close the memory (shocks.go). The ledger lies in memory, too (commons.go). At the end
// every increment that was acknowledged is there, every permit, item and notification is
// accounted for, and nothing is left, in the other processes neither (sharedbooks.go).
//
// Standard output gets one line. The exit status is 0 if nothing was lost, 1 if
// something was (standard error names it) or the line could not be written, 2 for a
// wrong flag, 3 if the storm hangs, and 130 after an interrupt, which ends it early, with
// the books closed.
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"maps"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime/pprof"
	"slices"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/internal/leak"
	"github.com/fanfold/fanfold/ipc"
)

func main() {
	ipc.Main() // in a worker process: serves calls, does not return

	o := parse()
	if o.victim {
		victim(o.transport == "pipes")
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	defer context.AfterFunc(ctx, func() {
		stop() // a second Ctrl-C ends the program whatever it is doing
		log.Print("interrupted: waiting for the faults under way, to close the books")
	})()

	limit := time.Minute + time.Duration(o.faults)*100*time.Millisecond
	time.AfterFunc(limit, func() {
		pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
		log.Printf("it hangs: not over after %v", limit)
		os.Exit(3)
	})

	before := leak.Begin()
	t := tally{seed: o.seed}
	if o.shared {
		t = storming(ctx, o)
		t.seed, t.left = o.seed, append(t.left, remains()...)
	}
	for i, transport := range o.transports() {
		if ctx.Err() != nil || o.shared {
			break
		}
		t.add(storm(ctx, o, transport, (o.faults+i)/len(o.transports())))
	}
	t.left = append(t.left, before.Wait(leak.Grace)...)
	_, err := fmt.Println(t.line())
	for _, loss := range t.losses() {
		log.Print(loss)
	}
	switch {
	case err != nil:
		log.Fatal(err)
	case len(t.losses()) > 0:
		os.Exit(1)
	case ctx.Err() != nil:
		os.Exit(130)
	}
}

type options struct {
	faults, workers int
	seed            uint64
	transport       string
	broken          string // how the books are to be falsified
	verbose, victim bool
	shared          bool // the storm is one over shared memory
}

func parse() options {
	log.SetFlags(0)
	log.SetPrefix("storm: ")
	o := options{faults: 1000, workers: 4, transport: "both"}
	flag.Func("n", "how many faults to inject (1000)", flags.Number(&o.faults, 1, 1_000_000))
	flag.Func("workers", "how many workers the pool under load has (4)", flags.Number(&o.workers, 1, 256))
	flag.Uint64Var(&o.seed, "seed", 0, "what the choice of faults depends on; 0 for another one each time")
	flag.Func("transport", "how calls travel: rings, pipes or both (both)", flags.OneOf(&o.transport, "rings", "pipes", "both"))
	flag.Func("break", "falsify the books, to see that it is found: drop, double, lie, mix or leak", flags.OneOf(&o.broken, slices.Sorted(maps.Keys(breaks))...))
	flag.BoolVar(&o.shared, "shared", false, "storm over memory that processes share, instead of pools")
	flag.BoolVar(&o.verbose, "v", false, "tell of each fault")
	flag.BoolVar(&o.victim, "victim", false, "be a program that is killed (the storm does that)")
	flags.Parse()
	if o.seed == 0 {
		o.seed = rand.Uint64N(1e6) + 1
	}
	return o
}

func (o options) transports() []string {
	if o.transport == "both" {
		return []string{"rings", "pipes"}
	}
	return []string{o.transport}
}
