package main

import (
	"bufio"
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/examples/internal/console"
)

// run crawls, writes what was found to out and returns the exit status.
func run(ctx context.Context, o options, out io.Writer, c *console.Console) (status int) {
	first, own := o.site, o.site == nil
	if own {
		site, stop, err := serve()
		if err != nil {
			c.Printf("%v", err)
			return 1
		}
		defer stop()
		c.Printf("no URL given: crawling a site of its own at %v", site)
		first = site
	}
	transport := &http.Transport{MaxIdleConnsPerHost: o.workers}
	defer transport.CloseIdleConnections()
	pool := concurrent.NewPool()
	defer pool.Close()

	fetcher, err := newFetcher(ctx, &http.Client{Transport: transport}, first, o.delay)
	if err != nil {
		c.Printf("%v", err)
		return interrupted(ctx, 1)
	}
	visit := newCrawl(o, fetcher.fetch, pool)
	begin := time.Now()
	stop := c.Progress(func(time.Duration) string {
		visited, toGo := visit.progress()
		return fmt.Sprintf("%d pages visited, %d to go", visited, toGo)
	})
	err = visit.run(ctx, first)
	stop()
	if err != nil {
		c.Printf("%v; what is printed is what was found until then", err)
		status = interrupted(ctx, 1)
	}
	visited, links := visit.found()
	if err := report(out, visited, links); err != nil {
		c.Printf("%v", err)
		status = max(status, 1)
	}
	c.Printf("took %v", time.Since(begin).Round(time.Millisecond))
	if len(links) > 0 && !own {
		status = max(status, 1)
	}
	return status
}

// found returns what was found so far.
func (c *crawl) found() (visited int, links []broken) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.visited, slices.Clone(c.broken)
}

// progress tells how many pages were visited, and how many are known to be to come.
func (c *crawl) progress() (visited, toGo int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.visited, c.frontier.Len() + len(c.next)
}

// report writes the broken links, in order, and the totals.
func report(w io.Writer, visited int, links []broken) error {
	slices.SortFunc(links, func(a, b broken) int {
		return cmp.Or(cmp.Compare(a.url.String(), b.url.String()), cmp.Compare(a.from, b.from))
	})
	out := bufio.NewWriter(w)
	for _, b := range links {
		from := b.from
		if from == "" {
			from = "the command line"
		}
		fmt.Fprintf(out, "broken: %v, from %s: %v\n", b.url, from, b.err)
	}
	fmt.Fprintf(out, "%d pages visited, %d broken links\n", visited, len(links))
	return out.Flush()
}

// interrupted returns the status of an interrupt if there was one.
func interrupted(ctx context.Context, otherwise int) int {
	if ctx.Err() != nil {
		return 130
	}
	return otherwise
}
