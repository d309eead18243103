package main

import (
	"fmt"
	"slices"
	"strings"
)

// A page is docs/conformance.md.
type page struct{ all []*behaviour }

// core are the files of what everything else builds on: threads, not processes.
var core = []string{
	"lock_tests",
	"test_queue",
	"test_concurrent_futures/executor",
	"test_concurrent_futures/test_as_completed",
	"test_concurrent_futures/test_future",
	"test_concurrent_futures/test_init",
	"test_concurrent_futures/test_shutdown",
	"test_concurrent_futures/test_thread_pool",
	"test_concurrent_futures/test_wait",
}

// processes are the classes in the core's files that test process pools.
var processes = []string{"ProcessPoolShutdownTest"}

func isCore(b *behaviour) bool {
	return slices.Contains(core, b.file) && !slices.Contains(processes, b.class)
}

const head = `# Conformance

Which behaviours of CPython 3.13's own tests hold here, by the names that the tests have there (in the folder
Lib/test). A behaviour passes when a test of ours holds on to it; the test is named, and every one of its sub-tests
carries CPython's name. What differs is here in another form, by choice: what is done instead is told, and no test of
ours has the name. What is absent has a reason. What has none of these is not yet done, or not yet looked at.

The words differ where Go has others: a timeout is a context, an exception an error (or a panic, where Go would have
one), a thread a goroutine, and a test of a refused argument may be about a panic.

This page is written by ` + "`go -C tools run ./conformance \"$PWD\"`" + `; do not edit it.

`

// A tally counts the behaviours of each kind.
type tally struct{ pass, differs, absent, open int }

func (t *tally) add(b *behaviour) {
	switch {
	case b.pass():
		t.pass++
	case b.differs():
		t.differs++
	case b.reason != "":
		t.absent++
	default:
		t.open++
	}
}

func (t tally) all() int { return t.pass + t.differs + t.absent + t.open }

func (t tally) row(name string) string {
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d |\n", name, t.pass, t.differs, t.absent, t.open, t.all())
}

// counts returns the tallies of the core, of all, and of each file with the
// files in their order.
func (p *page) counts() (inner, all tally, files []string, each map[string]*tally) {
	each = map[string]*tally{}
	for _, b := range p.all {
		if isCore(b) {
			inner.add(b)
		}
		all.add(b)
		if each[b.file] == nil {
			each[b.file] = new(tally)
			files = append(files, b.file)
		}
		each[b.file].add(b)
	}
	return inner, all, files, each
}

// summary returns the page in one line.
func (p *page) summary() string {
	inner, all, _, _ := p.counts()
	return fmt.Sprintf("conformance: core %d of %d; all %d pass, %d differ, %d absent, %d not yet",
		inner.pass, inner.all(), all.pass, all.differs, all.absent, all.open)
}

func (p *page) render() string {
	var s strings.Builder
	s.WriteString(head)
	inner, all, files, each := p.counts()
	s.WriteString("| file | pass | differs | absent | not yet | all |\n|---|---:|---:|---:|---:|---:|\n")
	s.WriteString(inner.row("**core**: locks, queues, futures and pools of threads"))
	for _, f := range files {
		s.WriteString(each[f].row(fmt.Sprintf("[%s](#%s)", f, anchor(f))))
	}
	s.WriteString(all.row("**all**"))
	file, class := "", ""
	for _, b := range p.all {
		if b.file != file {
			file, class = b.file, ""
			fmt.Fprintf(&s, "\n## %s\n", file)
		}
		if b.class != class {
			class = b.class
			fmt.Fprintf(&s, "\n### %s\n\n| behaviour | | where, or why not |\n|---|---|---|\n", class)
		}
		s.WriteString(row(b))
	}
	return s.String()
}

// row is a behaviour's line.
func row(b *behaviour) string {
	state, why := "**not yet**", ""
	switch {
	case b.pass():
		state, why = "pass", strings.Join(b.tests, ", ")
	case b.differs():
		state, why = "differs", strings.TrimPrefix(b.reason, differs)
	case b.reason != "":
		state, why = "absent", b.reason
	}
	return strings.TrimSpace(fmt.Sprintf("| %s | %s | %s |", b.method, state, why)) + "\n"
}

// anchor returns the name of a heading in links to it.
func anchor(heading string) string {
	return strings.ReplaceAll(strings.ToLower(heading), "/", "")
}

// compare returns how the page differs from old: first the behaviours that it has
// lost.
func (p *page) compare(old string) (problems []string) {
	if old == p.render() {
		return nil
	}
	was := passes(old)
	for _, b := range p.all {
		if was[b.name()] && !b.pass() {
			problems = append(problems, b.name()+" held, and no longer does")
		}
	}
	return append(problems, "docs/conformance.md is stale: go -C tools run ./conformance \"$PWD\"")
}

// passes returns the names of the behaviours that a page lists as held.
func passes(page string) map[string]bool {
	names := map[string]bool{}
	file, class := "", ""
	for line := range strings.Lines(page) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "### "); ok {
			class = name
		} else if name, ok := strings.CutPrefix(line, "## "); ok {
			file = name
		} else if fields := strings.Split(line, " | "); class != "" && len(fields) > 1 && fields[1] == "pass" {
			names[file+"/"+class+"/"+strings.TrimPrefix(fields[0], "| ")] = true
		}
	}
	return names
}
