package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"runtime"

	"github.com/fanfold/fanfold/examples/internal/flags"
)

const usage = `usage: wordcount [flags] [DIR ...]

Counts the words of all regular files below the DIRs and prints the most
frequent. A word is a run of bytes other than space, \t, \n, \v, \f and \r.
A DIR may be a single file or a symbolic link; links below a DIR are not
followed. A file below several DIRs is counted once. A file with a word of more
than 1 MiB is no text: it is named, and counts nothing. Without a DIR the sources
of the installed Go are counted.

  -on loop|goroutines|processes|all
        what carries the work (goroutines); all tries each and compares
  -workers n
        how many goroutines or processes (GOMAXPROCS)
  -top n
        how many words to print (20)
  -kill n
        kill n busy processes on the way, to see that nothing is lost (0)
`

// carriers are the choices of -on but "all", which is the three of them, in the
// order in which it takes them.
var carriers = []string{"loop", "goroutines", "processes"}

const (
	maxWorkers = 1024 // processes: more are a typing error
	maxKills   = 1000
)

// options are the command line.
type options struct {
	carriers []string
	workers  int
	top      int
	kill     int
	dirs     []string
}

// parse reads the command line. The error is flag.ErrHelp or says which flag is
// wrong, its value and what it may be.
func parse(args []string) (options, error) {
	o := options{carriers: []string{"goroutines"}, workers: min(runtime.GOMAXPROCS(0), maxWorkers), top: 20}
	set := flag.NewFlagSet("wordcount", flag.ContinueOnError)
	set.SetOutput(io.Discard) // main prints the error
	set.Func("on", "", func(value string) error {
		switch value {
		case "all":
			o.carriers = carriers
		case "loop", "goroutines", "processes":
			o.carriers = []string{value}
		default:
			return errors.New("want loop, goroutines, processes or all")
		}
		return nil
	})
	set.Func("workers", "", flags.Number(&o.workers, 1, maxWorkers))
	set.Func("top", "", flags.Number(&o.top, 0, math.MaxInt32))
	set.Func("kill", "", flags.Number(&o.kill, 0, maxKills))
	if err := set.Parse(args); err != nil {
		return options{}, err
	}
	if last := o.carriers[len(o.carriers)-1]; o.kill > 0 && last != "processes" {
		return options{}, fmt.Errorf("flag -kill is %d, but -on %s starts no process to kill: want -on processes or all", o.kill, last)
	}
	o.dirs = set.Args()
	return o, nil
}
