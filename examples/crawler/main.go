// Crawler visits the pages of a web site, all that can be reached from the first one,
// and reports the links that lead nowhere.
//
//	go run ./examples/crawler [-workers n] [-pages n] [-depth n] [-delay d] [URL]
//
// Several workers share one queue of pages still to visit; what they fetch is read
// by a pool as wide as the machine; what fails for the moment is tried again; a site
// is asked no more often than it likes. The crawl is over when every page in the
// queue is done, when enough were visited, or at an interrupt, and then nothing of
// it runs on. All of that is in crawl.go. Without a URL the program serves a site
// of its own on the loopback interface and crawls that.
//
// Standard output gets the broken links and one last line of totals, standard error
// everything else. The exit status is 0 when no link is broken or the site is the
// program's own, 1 when one is or something failed, 2 for a wrong flag, and 130
// after an interrupt, which prints what was found so far.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/fanfold/fanfold/examples/internal/console"
	"github.com/fanfold/fanfold/examples/internal/stdout"
)

func main() {
	o, err := parse(os.Args[1:])
	switch {
	case errors.Is(err, flag.ErrHelp):
		stdout.Print(usage)
		return
	case err != nil:
		fmt.Fprintf(os.Stderr, "crawler: %v\n", err)
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program whatever it is doing
	os.Exit(run(ctx, o, os.Stdout, console.New("crawler", os.Stderr)))
}
