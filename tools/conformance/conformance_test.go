package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
		assert.Equal(t, x.ok, ok, x.name)
		assert.Equal(t, x.want, got, x.name)
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
differs: has another text
    lock_tests/*/test_repr
    lock_tests/EventTests

not in question
	test_asyncio/test_locks
`

func judged(t *testing.T) (*page, []string) {
	results, broken, err := parse(strings.NewReader(printed))
	require.NoError(t, err)
	require.Empty(t, broken)
	p, problems, err := judge(names, reasons, results)
	require.NoError(t, err)
	return p, problems
}

func TestJudge(t *testing.T) {
	p, problems := judged(t)
	assert.Equal(t, []string{
		"concurrent TestConformanceEvent/test_locks/EventTests/test_clear failed",
		"concurrent TestConformanceEvent/test_locks/EventTests/test_closed names no test of CPython, or several",
		"absent.txt: lock_tests/EventTests is nowhere, or holds, or has a reason above",
	}, problems)
	text := p.render()
	for _, line := range []string{
		"| [lock_tests](#lock_tests) | 1 | 1 | 0 | 0 | 2 |",
		"| [test_asyncio/test_tasks](#test_asynciotest_tasks) | 1 | 0 | 0 | 1 | 2 |",
		"| [test_asyncio/test_locks](#test_asynciotest_locks) | 0 | 0 | 1 | 1 | 2 |",
		"| **core**: locks, queues, futures and pools of threads | 1 | 1 | 0 | 0 | 2 |",
		"| **all** | 2 | 1 | 1 | 3 | 7 |",
		"## test_asyncio/test_tasks",
		"### _WaitTests",
		"| test_set | pass | concurrent.TestConformanceEvent, ipc.TestConformanceEvent |",
		"| test_set | absent | not in question |",
		"| test_repr | differs | has another text |",
		"| test_clear | **not yet** |  |",
	} {
		assert.Contains(t, text, line+"\n")
	}
}

func TestCompare(t *testing.T) {
	p, _ := judged(t)
	text := p.render()
	assert.Empty(t, p.compare(text), "the page itself")
	assert.Equal(t, map[string]bool{"lock_tests/EventTests/test_set": true, "test_asyncio/test_tasks/GatherTests/test_cancel": true}, passes(text))
	const stale = `docs/conformance.md is stale: go -C tools run ./conformance "$PWD"`
	old := strings.Replace(text, "| test_clear | **not yet** |  |", "| test_clear | pass | concurrent.TestConformanceEvent |", 1)
	assert.Equal(t, []string{"test_asyncio/test_locks/EventTests/test_clear held, and no longer does", stale}, p.compare(old))
	assert.Equal(t, []string{stale}, p.compare(""), "an empty page")
}

// A package that does not compile fails, and none of its tests does.
func TestBroken(t *testing.T) {
	_, broken, err := parse(strings.NewReader(`{"Action":"fail","Package":"example/ipc"}`))
	require.NoError(t, err)
	assert.Equal(t, []string{"ipc"}, broken)
	_, _, err = parse(strings.NewReader("no JSON"))
	require.ErrorContains(t, err, "what go test prints")
}

func TestReasons(t *testing.T) {
	for _, bad := range []string{" a/pattern\n", "reason\n  a/[pattern\n"} {
		_, err := parseReasons(bad)
		assert.ErrorContains(t, err, "absent.txt:", bad)
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
		assert.Equal(t, c.want, covers(c.pattern, c.name), "covers(%s, %s)", c.pattern, c.name)
	}
}

// The lists of the project can be read, and each behaviour is there once.
func TestLists(t *testing.T) {
	_, err := parseReasons(absent)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, b := range newCatalog(cpython).all {
		assert.False(t, seen[b.name()], "%s is there twice", b.name())
		assert.GreaterOrEqual(t, strings.Count(b.name(), "/"), 2, "%s is no name", b.name())
		seen[b.name()] = true
	}
}
