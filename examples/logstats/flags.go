package main

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"math"
	"runtime"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/logstats/accesslog"
)

const usage = `usage: logstats [flags] [LOG ...]

Reads access logs in Common or Combined Log Format, with or without the seconds a
request took at the end of its line, and prints totals, percentiles, and what was
asked for most often. Without a LOG it makes one of its own.

  -workers n
        how many goroutines count; 1 is the loop (GOMAXPROCS)
  -size n
        read the logs again and again until n bytes are done: 500MB, 4GB
  -status n
        count only requests that were answered so: 404, or 5xx
  -path prefix
        count only requests for paths that begin so
  -top n
        how many paths and hosts to print (10)
`

// options are the command line.
type options struct {
	workers int
	size    int64
	top     int
	path    string
	low     int // the least status to count
	high    int // the greatest
	logs    []string
}

// keep says whether a request is one to count.
func (o options) keep(r accesslog.Record) bool {
	return o.low <= r.Status && r.Status <= o.high && bytes.HasPrefix(r.Path, []byte(o.path))
}

// parse reads the command line. The error is flag.ErrHelp or says which flag is
// wrong, its value and what it may be.
func parse(args []string) (options, error) {
	o := options{workers: runtime.GOMAXPROCS(0), top: 10, high: 999}
	set := flag.NewFlagSet("logstats", flag.ContinueOnError)
	set.SetOutput(io.Discard) // main prints the error
	set.Func("workers", "", flags.Number(&o.workers, 1, 1024))
	set.Func("top", "", flags.Number(&o.top, 0, math.MaxInt32))
	set.StringVar(&o.path, "path", "", "")
	set.Func("size", "", func(value string) (err error) { o.size, err = size(value); return err })
	set.Func("status", "", func(value string) (err error) { o.low, o.high, err = status(value); return err })
	if err := set.Parse(args); err != nil {
		return options{}, err
	}
	o.logs = set.Args()
	return o, nil
}

// maxSize is so large that nobody gets there, and so small that sums do not overflow.
const maxSize = 1e18

// size reads a number of bytes.
func size(value string) (int64, error) {
	digits, unit := value, int64(1)
	for i, suffix := range []string{"kB", "MB", "GB", "TB"} {
		if rest, ok := strings.CutSuffix(value, suffix); ok {
			digits = rest
			for range i + 1 {
				unit *= 1000
			}
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 1 || n > maxSize/unit {
		return 0, errors.New("want a number of bytes, such as 1000000, 500MB or 4GB, up to 1000000TB")
	}
	return n * unit, nil
}

// status reads a status, or a class of them.
func status(value string) (low, high int, err error) {
	low, err = strconv.Atoi(strings.ReplaceAll(value, "xx", "00"))
	switch {
	case err != nil || len(value) != 3 || low < 100:
		return 0, 0, errors.New("want a status such as 404 or a class such as 5xx")
	case strings.HasSuffix(value, "xx"):
		return low, low + 99, nil
	}
	return low, low, nil
}
