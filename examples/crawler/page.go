package main

import (
	"context"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

var href = regexp.MustCompile(`(?i)<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)')`)

// links returns where the links of a page lead, each once, without what stands
// behind #. Those that cannot be read are left out: to a crawler they are no links.
func links(_ context.Context, p page) ([]*url.URL, error) {
	targets := functional.FilterMap(slices.Values(href.FindAllSubmatch(p.body, -1)), func(m [][]byte) (*url.URL, bool) {
		text := html.UnescapeString(string(m[1]) + string(m[2]))
		u, err := p.url.Parse(strings.TrimSpace(text))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" {
			return nil, false
		}
		u.Fragment = ""
		if u.Path == "" {
			u.Path = "/"
		}
		return u, true
	})
	return slices.Collect(functional.DistinctBy(targets, (*url.URL).String)), nil
}
