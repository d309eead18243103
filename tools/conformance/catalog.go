package main

import (
	"fmt"
	"slices"
	"strings"
)

// A behaviour is one test method of CPython.
type behaviour struct {
	file   string // below Lib/test and without its extension, with slashes
	class  string
	method string

	tests  []string // the tests of ours that hold it: package and first name
	failed bool     // one of them failed, or all were skipped
	reason string   // why it is absent, or differs
}

// differs begins the reasons of what is here in another form.
const differs = "differs: "

func (b *behaviour) differs() bool { return strings.HasPrefix(b.reason, differs) }

func (b *behaviour) name() string { return b.file + "/" + b.class + "/" + b.method }

func (b *behaviour) pass() bool { return len(b.tests) > 0 && !b.failed }

// A catalog holds the tests of CPython that are compared, in the order of its
// files.
type catalog struct {
	all     []*behaviour
	methods map[string][]*behaviour // by the method's name
	levels  map[string]bool         // all names of classes, files and folders
}

// newCatalog reads lines of file/class/method.
func newCatalog(lines string) *catalog {
	c := &catalog{methods: map[string][]*behaviour{}, levels: map[string]bool{}}
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		parts := strings.Split(line, "/")
		n := len(parts)
		b := &behaviour{file: strings.Join(parts[:n-2], "/"), class: parts[n-2], method: parts[n-1]}
		c.all = append(c.all, b)
		c.methods[b.method] = append(c.methods[b.method], b)
		for _, level := range parts[:n-1] {
			c.levels[bare(level)] = true
		}
	}
	return c
}

// bare is a class's name without the leading underscore of CPython's mixins.
func bare(class string) string { return strings.TrimLeft(class, "_") }

// find returns the behaviours that a test's name stands for. Their method is the
// last of its levels that looks like test_…, and they belong to all classes, files
// and folders in front of it. Several behaviours are returned only if they are
// methods of one file, and the name has none of their classes. A name without such
// a level stands for nothing, and ok is true.
func (c *catalog) find(name string) (found []*behaviour, ok bool) {
	levels := strings.Split(name, "/")[1:]
	method, context := "", []string(nil)
	for i, level := range levels {
		level, _, _ = strings.Cut(level, "#") // the second of one name is name#01
		if strings.HasPrefix(level, "test_") {
			method, context = level, levels[:i]
		}
	}
	if method == "" || len(c.methods[method]) == 0 && c.levels[method] { // no more than a file or a class
		return nil, true
	}
	context = slices.DeleteFunc(slices.Clone(context), func(l string) bool { return !c.levels[bare(l)] })
	if len(context) == 0 {
		return nil, false
	}
	for _, b := range c.methods[method] {
		if b.within(context) {
			found = append(found, b)
		}
	}
	for _, b := range found {
		if b.file != found[0].file {
			return nil, false
		}
	}
	return found, len(found) > 0 || c.levels[method]
}

// within reports whether all levels are part of b's path.
func (b *behaviour) within(levels []string) bool {
	path := append(strings.Split(b.file, "/"), b.class)
	for _, l := range levels {
		if !slices.ContainsFunc(path, func(p string) bool { return bare(p) == bare(l) }) {
			return false
		}
	}
	return true
}

// hold records which behaviours the tests hold. It returns the tests that failed
// and the names that are no test of CPython.
func (c *catalog) hold(results []result) (problems []string) {
	skipped := map[*behaviour]int{}
	for _, r := range results {
		top, _, _ := strings.Cut(r.test, "/")
		test := r.pkg + "." + top
		found, ok := c.find(r.test)
		if !ok {
			problems = append(problems, fmt.Sprintf("%s %s names no test of CPython, or several", r.pkg, r.test))
		}
		if r.action == "fail" {
			problems = append(problems, fmt.Sprintf("%s %s failed", r.pkg, r.test))
		}
		for _, b := range found {
			switch {
			case r.action == "skip":
				skipped[b]++
				continue
			case r.action == "fail":
				b.failed = true
			}
			if !slices.Contains(b.tests, test) {
				b.tests = append(b.tests, test)
			}
		}
	}
	for _, b := range c.all {
		slices.Sort(b.tests)
	}
	return problems
}
