package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/fanfold/fanfold/concurrent"
)

const (
	agent    = "fanfold-crawler"
	maxBody  = 4 << 20
	patience = 10 * time.Second // for one request
)

// errNotForUs is the error of a page that crawlers are asked to leave alone, or that
// is not on the site after a redirect.
var errNotForUs = errors.New("not for crawlers")

// A statusError is an answer that is not the page.
type statusError int

func (e statusError) Error() string { return fmt.Sprintf("%d %s", int(e), http.StatusText(int(e))) }

// A fetcher fetches pages politely.
type fetcher struct {
	client *http.Client
	delay  time.Duration
	forbid []string // paths that begin so

	turn concurrent.Lock // of the next request
	next time.Time       // when it may be made; guarded by turn
}

// newFetcher returns a fetcher for the site, after reading what it asks of crawlers.
func newFetcher(ctx context.Context, client *http.Client, site *url.URL, delay time.Duration) (*fetcher, error) {
	f := &fetcher{client: client, delay: delay}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	robots, err := site.Parse("/robots.txt")
	if err != nil {
		return nil, err
	}
	response, err := f.get(ctx, robots)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode == http.StatusOK {
		text, err := io.ReadAll(io.LimitReader(response.Body, maxBody))
		if err != nil {
			return nil, err
		}
		f.forbid = forbidden(string(text))
	}
	return f, nil
}

// forbidden returns what robots.txt asks all crawlers to leave alone.
func forbidden(robots string) (prefixes []string) {
	forAll := false
	for line := range strings.Lines(robots) {
		line, _, _ = strings.Cut(line, "#")
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch strings.ToLower(strings.TrimSpace(key)) {
		case "user-agent":
			forAll = value == "*"
		case "disallow":
			if forAll && value != "" {
				prefixes = append(prefixes, value)
			}
		}
	}
	return prefixes
}

// fetch fetches a page, again if there is hope that it helps.
func (f *fetcher) fetch(ctx context.Context, u *url.URL) (page, error) {
	for _, prefix := range f.forbid {
		if strings.HasPrefix(u.EscapedPath(), prefix) {
			return page{}, errNotForUs
		}
	}
	return concurrent.Retry(ctx, func(ctx context.Context) (page, error) { return f.once(ctx, u) },
		concurrent.RetryOptions{Attempts: 4, First: 20 * time.Millisecond, If: passing})
}

// passing reports whether err may be gone the next time.
func passing(err error) bool {
	status, ok := errors.AsType[statusError](err)
	return !ok && !errors.Is(err, errNotForUs) || status == http.StatusTooManyRequests || status >= 500
}

// once fetches a page.
func (f *fetcher) once(ctx context.Context, u *url.URL) (page, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	response, err := f.get(ctx, u)
	if err != nil {
		return page{}, err
	}
	defer response.Body.Close()
	switch {
	case response.StatusCode != http.StatusOK:
		return page{}, statusError(response.StatusCode)
	case response.Request.URL.Host != u.Host:
		return page{}, errNotForUs
	}
	p := page{url: response.Request.URL}
	if kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type")); kind == "text/html" {
		p.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody))
	}
	return p, err
}

// get makes a request when it is its turn.
func (f *fetcher) get(ctx context.Context, u *url.URL) (*http.Response, error) {
	if err := f.wait(ctx); err != nil {
		return nil, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", agent)
	return f.client.Do(request)
}

// wait waits until the site can be asked again. Those who wait for the lock are
// served in turn, and leave when ctx ends.
func (f *fetcher) wait(ctx context.Context) error {
	if err := f.turn.LockContext(ctx); err != nil {
		return err
	}
	defer f.turn.Unlock()
	if err := concurrent.Sleep(ctx, time.Until(f.next)); err != nil {
		return err
	}
	f.next = time.Now().Add(f.delay)
	return nil
}
