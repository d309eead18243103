package main

import (
	"context"
	"errors"
	"net/url"
	"sync"

	"github.com/fanfold/fanfold/concurrent"
)

// A link is a page to visit, and where it was found.
type link struct {
	url   *url.URL
	from  string // the page that has the link; empty for the first
	depth int    // how many links from the first page
}

// A page is what was fetched.
type page struct {
	url  *url.URL // after redirects
	body []byte   // of HTML
}

// A crawl is one visit to a site.
type crawl struct {
	options
	fetch func(context.Context, *url.URL) (page, error)
	// links is a function that runs in a pool of its own: reading a page keeps a
	// processor busy, fetching it keeps one waiting.
	links    func(context.Context, page) ([]*url.URL, error)
	frontier *concurrent.Queue[link]

	mu      sync.Mutex
	seen    map[string]bool // links that were put into the frontier
	visited int
	broken  []broken
}

// A broken link leads nowhere.
type broken struct {
	link
	err error
}

// newCrawl returns a crawl whose pages are fetched by fetch and read in pool.
func newCrawl(o options, fetch func(context.Context, *url.URL) (page, error), pool *concurrent.Pool) *crawl {
	return &crawl{
		options: o,
		fetch:   fetch,
		links:   concurrent.On(pool, links),
		// Every worker puts what it finds: with a bound, all of them could wait for
		// room at the same time. What bounds the frontier is seen, by -pages.
		frontier: concurrent.NewQueue[link](-1),
		seen:     map[string]bool{},
	}
}

// run visits everything that can be reached from first. When ctx ends it returns
// its cause, and c holds what was found until then.
func (c *crawl) run(ctx context.Context, first *url.URL) error {
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		for range c.workers {
			g.Go(c.work)
		}
		if err := c.add(ctx, link{url: first}); err != nil {
			return err
		}
		// A page is done when its links are in the frontier: so nothing is missed.
		err := c.frontier.Join(ctx)
		c.frontier.Shutdown(false)
		return err
	})
}

// work visits pages until there are no more.
func (c *crawl) work(ctx context.Context) error {
	for l, err := range c.frontier.All(ctx) {
		if err != nil {
			return err
		}
		if err := c.visit(ctx, l); err != nil {
			return err
		}
		c.frontier.TaskDone()
	}
	return nil
}

// visit fetches a page and adds its links. A page that cannot be had is a broken
// link, not an error; an error ends the crawl.
func (c *crawl) visit(ctx context.Context, l link) error {
	p, err := c.fetch(ctx, l.url)
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, errNotForUs):
		return nil
	}
	c.mu.Lock()
	c.visited++
	if err != nil {
		c.broken = append(c.broken, broken{l, err})
	}
	c.mu.Unlock()
	if err != nil || l.depth == c.depth {
		return nil
	}
	found, err := c.links(ctx, p)
	if err != nil {
		return err
	}
	for _, u := range found {
		if err := c.add(ctx, link{u, p.url.String(), l.depth + 1}); err != nil {
			return err
		}
	}
	return nil
}

// add puts a link into the frontier unless it was there already, leads away from the
// site, or would be one too many.
func (c *crawl) add(ctx context.Context, l link) error {
	c.mu.Lock()
	key := l.url.String()
	known := c.seen[key] || l.from != "" && !sameSite(l) || len(c.seen) >= c.pages
	if !known {
		c.seen[key] = true
	}
	c.mu.Unlock()
	if known {
		return nil
	}
	return c.frontier.Put(ctx, l)
}

// sameSite reports whether a link leads to the site it was found on.
func sameSite(l link) bool {
	from, err := url.Parse(l.from)
	return err == nil && from.Host == l.url.Host && from.Scheme == l.url.Scheme
}
