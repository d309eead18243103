package main

import (
	"slices"
	"strings"
	"testing"
)

const names = `# a comment
lock_tests/EventTests/test_set
lock_tests/EventTests/test_repr
test_wait/_WaitTests/test_wait
test_asyncio/test_tasks/BaseTests/test_cancel
test_asyncio/test_tasks/GatherTests/test_cancel
test_asyncio/test_locks/EventTests/test_set
test_asyncio/test_locks/EventTests/test_clear
`

func found(c *catalog, name string) (list []string, ok bool) {
	behaviours, ok := c.find(name)
	for _, b := range behaviours {
		list = append(list, b.name())
	}
	return list, ok
}

func TestFind(t *testing.T) {
	cases := []struct {
		name string
		want []string
		ok   bool
	}{
		{"TestConformanceX/lock_tests/EventTests/test_set", []string{"lock_tests/EventTests/test_set"}, true},
		{"TestConformanceX/lock_tests/test_set", []string{"lock_tests/EventTests/test_set"}, true},
		{"TestConformanceX/test_asyncio/test_locks/EventTests/test_set", []string{"test_asyncio/test_locks/EventTests/test_set"}, true},
		{"TestConformanceX/backend/test_locks/EventTests/test_set/Owner", []string{"test_asyncio/test_locks/EventTests/test_set"}, true},
		{"TestConformanceX/test_wait/WaitTests/test_wait", []string{"test_wait/_WaitTests/test_wait"}, true},
		{"TestConformanceX/WaitTests/test_wait#01", []string{"test_wait/_WaitTests/test_wait"}, true},
		{"TestConformanceX/test_tasks/test_cancel", []string{"test_asyncio/test_tasks/BaseTests/test_cancel", "test_asyncio/test_tasks/GatherTests/test_cancel"}, true},
		{"TestConformanceX/test_tasks/GatherTests/test_cancel", []string{"test_asyncio/test_tasks/GatherTests/test_cancel"}, true},
		{"TestConformanceX", nil, true},
		{"TestConformanceX/of our own", nil, true},
		{"TestConformanceX/lock_tests/EventTests", nil, true},
		{"TestConformanceX/test_asyncio/test_locks", nil, true}, // on the way to the sub-tests
		{"TestConformanceX/EventTests/test_set", nil, false},    // in two files
		{"TestConformanceX/lock_tests/test_clear", nil, false},  // in another file
		{"TestConformanceX/lock_tests/EventTests/test_sets", nil, false},
		{"TestConformanceX/test_clear", nil, false},
	}
	c := newCatalog(names)
	for _, x := range cases {
		got, ok := found(c, x.name)
		if !slices.Equal(got, x.want) || ok != x.ok {
			t.Errorf("%s: got %q, %v", x.name, got, ok)
		}
	}
}

// printed is what go test -json prints of one test of each kind.
const printed = `{"Action":"start","Package":"example/concurrent"}
{"Action":"run","Package":"example/concurrent","Test":"TestConformanceEvent"}
{"Action":"output","Package":"example/concurrent","Test":"TestConformanceEvent","Output":"hello"}
{"Action":"pass","Package":"example/concurrent","Test":"TestConformanceEvent/lock_tests/EventTests/test_set"}
{"Action":"skip","Package":"example/concurrent","Test":"TestConformanceEvent/lock_tests/EventTests/test_set/elsewhere"}
{"Action":"pass","Package":"example/ipc","Test":"TestConformanceEvent/lock_tests/EventTests/test_set"}
{"Action":"skip","Package":"example/ipc","Test":"TestConformanceEvent/lock_tests/EventTests/test_repr"}
{"Action":"pass","Package":"example/ipc","Test":"TestConformanceTask/test_tasks/GatherTests/test_cancel"}
{"Action":"pass","Package":"example/ipc"}
{"Action":"fail","Package":"example/concurrent","Test":"TestConformanceEvent/test_locks/EventTests/test_clear"}
{"Action":"pass","Package":"example/concurrent","Test":"TestConformanceEvent/test_locks/EventTests/test_closed"}
{"Action":"fail","Package":"example/concurrent"}
`

const reasons = `# a comment
without a text
    lock_tests/*/test_repr
    lock_tests/EventTests

not in question
	test_asyncio/test_locks
`

func judged(t *testing.T) (*page, []string) {
	results, broken, err := parse(strings.NewReader(printed))
	if err != nil || len(broken) > 0 {
		t.Fatal(broken, err)
	}
	p, problems, err := judge(names, reasons, results)
	if err != nil {
		t.Fatal(err)
	}
	return p, problems
}

func TestJudge(t *testing.T) {
	p, problems := judged(t)
	want := []string{
		"concurrent TestConformanceEvent/test_locks/EventTests/test_clear failed",
		"concurrent TestConformanceEvent/test_locks/EventTests/test_closed names no test of CPython, or several",
		"absent.txt: lock_tests/EventTests is nowhere, or holds, or has a reason above",
	}
	if !slices.Equal(problems, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(problems, "\n"), strings.Join(want, "\n"))
	}
	text := p.render()
	for _, line := range []string{
		"| [lock_tests](#lock_tests) | 1 | 1 | 0 | 2 |",
		"| [test_asyncio/test_tasks](#test_asynciotest_tasks) | 1 | 0 | 1 | 2 |",
		"| [test_asyncio/test_locks](#test_asynciotest_locks) | 0 | 1 | 1 | 2 |",
		"| **core**: locks, queues, futures and pools of threads | 1 | 1 | 0 | 2 |",
		"| **all** | 2 | 2 | 3 | 7 |",
		"## test_asyncio/test_tasks",
		"### _WaitTests",
		"| test_set | pass | concurrent.TestConformanceEvent, ipc.TestConformanceEvent |",
		"| test_set | absent | not in question |",
		"| test_repr | absent | without a text |",
		"| test_clear | **not yet** |  |",
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("no line %s in\n%s", line, text)
		}
	}
}

func TestCompare(t *testing.T) {
	p, _ := judged(t)
	text := p.render()
	if problems := p.compare(text); problems != nil {
		t.Errorf("the page itself: %q", problems)
	}
	if got := passes(text); len(got) != 2 || !got["lock_tests/EventTests/test_set"] || !got["test_asyncio/test_tasks/GatherTests/test_cancel"] {
		t.Errorf("the page has %v as held", got)
	}
	const stale = `docs/conformance.md is stale: go -C tools run ./conformance "$PWD"`
	old := strings.Replace(text, "| test_clear | **not yet** |  |", "| test_clear | pass | concurrent.TestConformanceEvent |", 1)
	want := []string{"test_asyncio/test_locks/EventTests/test_clear held, and no longer does", stale}
	if got := p.compare(old); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if got := p.compare(""); !slices.Equal(got, []string{stale}) {
		t.Errorf("an empty page: %q", got)
	}
}

// A package that does not compile fails without one of its tests failing.
func TestBroken(t *testing.T) {
	_, broken, err := parse(strings.NewReader(`{"Action":"fail","Package":"example/ipc"}`))
	if !slices.Equal(broken, []string{"ipc"}) || err != nil {
		t.Errorf("got %q, %v", broken, err)
	}
	if _, _, err := parse(strings.NewReader("no JSON")); err == nil {
		t.Error("nothing is wrong with what is no JSON")
	}
}

func TestReasons(t *testing.T) {
	for _, bad := range []string{" a/pattern\n", "reason\n  a/[pattern\n"} {
		if _, err := parseReasons(bad); err == nil {
			t.Errorf("nothing is wrong with %q", bad)
		}
	}
	for _, c := range []struct {
		pattern, name string
		want          bool
	}{
		{"a/b/c", "a/b/c", true},
		{"a/b", "a/b/c", true},
		{"a", "ab/b/c", false},
		{"*/b", "a/b/c", true},
		{"a/*c", "a/b/c", false},
		{"a/b/c/d", "a/b/c", false},
	} {
		if covers(c.pattern, c.name) != c.want {
			t.Errorf("covers(%s, %s) is %v", c.pattern, c.name, !c.want)
		}
	}
}

// The lists of the project can be read, and each behaviour is there once.
func TestLists(t *testing.T) {
	if _, err := parseReasons(absent); err != nil {
		t.Error(err)
	}
	seen := map[string]bool{}
	for _, b := range newCatalog(cpython).all {
		if seen[b.name()] || strings.Count(b.name(), "/") < 2 {
			t.Errorf("%s is there twice, or is no name", b.name())
		}
		seen[b.name()] = true
	}
}
