package main

import (
	"flag"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/fanfold/fanfold/examples/internal/flags"
)

const usage = `usage: crawler [flags] [URL]

Visits the pages of the site that URL belongs to and reports links that lead
nowhere. Without a URL it serves a site of its own and crawls that.

  -workers n
        how many pages are fetched at the same time (8)
  -pages n
        how many pages to visit at most (1000)
  -depth n
        how many links to follow from the first page (20)
  -delay d
        the least time between two requests: 0s, 50ms (2ms for its own site, else 200ms)
`

// options are the command line.
type options struct {
	workers int
	pages   int
	depth   int
	delay   time.Duration
	site    *url.URL // nil for its own
}

// parse reads the command line. The error is flag.ErrHelp or says which flag is
// wrong, its value and what it may be.
func parse(args []string) (options, error) {
	o := options{workers: 8, pages: 1000, depth: 20, delay: -1}
	set := flag.NewFlagSet("crawler", flag.ContinueOnError)
	set.SetOutput(io.Discard) // main prints the error
	set.Func("workers", "", flags.Number(&o.workers, 1, 256))
	set.Func("pages", "", flags.Number(&o.pages, 1, 1_000_000))
	set.Func("depth", "", flags.Number(&o.depth, 0, 1000))
	set.Func("delay", "", flags.Duration(&o.delay, 0))
	if err := set.Parse(args); err != nil {
		return options{}, err
	}
	switch set.NArg() {
	case 0:
	case 1:
		site, err := url.Parse(set.Arg(0))
		if err != nil || site.Scheme != "http" && site.Scheme != "https" || site.Host == "" {
			return options{}, fmt.Errorf("%q is not the URL of a web site", set.Arg(0))
		}
		if site.Path == "" {
			site.Path = "/"
		}
		o.site = site
	default:
		return options{}, fmt.Errorf("%d URLs given, want at most one", set.NArg())
	}
	if o.delay < 0 {
		o.delay = 200 * time.Millisecond
		if o.site == nil {
			o.delay = 2 * time.Millisecond
		}
	}
	return o, nil
}
