package main

import (
	"fmt"
	"path"
	"strings"
)

// A reason says why the behaviours that its patterns match are absent.
type reason struct {
	text     string
	patterns []string
}

// parseReasons reads reasons, one a line, each with its patterns on indented lines
// below it.
func parseReasons(text string) (list []reason, err error) {
	n := 0
	for line := range strings.Lines(text) {
		n++
		content := strings.TrimSpace(line)
		switch {
		case content == "" || strings.HasPrefix(content, "#"):
		case content == strings.TrimRight(line, "\r\n"):
			list = append(list, reason{text: content})
		case len(list) == 0:
			return nil, fmt.Errorf("absent.txt:%d: a pattern before the first reason", n)
		default:
			if _, err := path.Match(content, ""); err != nil {
				return nil, fmt.Errorf("absent.txt:%d: %w", n, err)
			}
			last := &list[len(list)-1]
			last.patterns = append(last.patterns, content)
		}
	}
	return list, nil
}

// covers reports whether a pattern matches name or the start of it up to a
// slash: a class stands for its methods, a file for its classes.
func covers(pattern, name string) bool {
	levels := strings.Split(name, "/")
	n := strings.Count(pattern, "/") + 1
	if n > len(levels) {
		return false
	}
	ok, _ := path.Match(pattern, strings.Join(levels[:n], "/")) // parseReasons has tried the pattern
	return ok
}

// excuse gives every behaviour that no test holds the first reason that matches
// it. It returns the patterns that matched none.
func (c *catalog) excuse(list []reason) (problems []string) {
	for _, r := range list {
		for _, p := range r.patterns {
			used := false
			for _, b := range c.all {
				if len(b.tests) == 0 && b.reason == "" && covers(p, b.name()) {
					b.reason, used = r.text, true
				}
			}
			if !used {
				problems = append(problems, fmt.Sprintf("absent.txt: %s is nowhere, or holds, or has a reason above", p))
			}
		}
	}
	return problems
}
