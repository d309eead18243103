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
	seen    map[string]bool // links that are or were to be visited
	next    []link          // of these, those that are one link further away than the frontier
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
		// Without a bound of its own: what bounds it is seen, by -pages.
		frontier: concurrent.NewQueue[link](-1),
		seen:     map[string]bool{},
	}
}

// run visits everything that can be reached from first, what is fewer links away
// before what is more: so a page's depth does not depend on who is how fast. When
// ctx ends it returns its cause, and c holds what was found until then.
func (c *crawl) run(ctx context.Context, first *url.URL) error {
	return concurrent.Group(ctx, func(ctx context.Context, g *concurrent.TaskGroup) error {
		for range c.workers {
			g.Go(c.work)
		}
		defer c.frontier.Shutdown(false)
		c.add(link{url: first})
		for level := c.take(); len(level) > 0; level = c.take() {
			if _, err := c.frontier.PutAll(ctx, level); err != nil {
				return err
			}
			// A page is done when its links are known: so nothing is missed.
			if err := c.frontier.Join(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// take returns the links that are to be visited next.
func (c *crawl) take() []link {
	c.mu.Lock()
	defer c.mu.Unlock()
	level := c.next
	c.next = nil
	return level
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
		c.add(link{u, p.url.String(), l.depth + 1})
	}
	return nil
}

// add makes a link one to visit unless it is already, leads away from the site, or
// would be one too many.
func (c *crawl) add(l link) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := l.url.String()
	if c.seen[key] || l.from != "" && !sameSite(l) || len(c.seen) >= c.pages {
		return
	}
	c.seen[key] = true
	c.next = append(c.next, l)
}

// sameSite reports whether a link leads to the site it was found on.
func sameSite(l link) bool {
	from, err := url.Parse(l.from)
	return err == nil && from.Host == l.url.Host && from.Scheme == l.url.Scheme
}
