package main

var cachesSuite = suite{
	pkg: "functional/caches",
	about: `Memoize against caches and a map behind a lock, one call for one key at a time, by
one goroutine and by as many as there are processors. All but the map, which
forgets nothing, hold 10,000 entries. Hit asks for keys that are there, Miss for keys
that are not, Zipf for some keys much more often than for others. golang-lru does not
load: it is asked and told.`,
	marks: []mark{
		{name: "memoize-hit-ns", of: "Hit/impl=fanfold/goroutines=1", unit: "ns/op", per: 1, op: atMost, target: 90},
		{name: "memoize-hit-parallel-ns", of: "Hit/impl=fanfold/goroutines=procs", unit: "ns/op", per: 1, op: atMost, target: 90},
	},
	charts: []chart{{
		name: "caches", title: "Caches by one goroutine, times as fast as fanfold", block: "goroutines=1",
		tables: []string{"Hit", "Zipf", "ZipfTTL", "Miss"},
	}},
	why: map[string]string{
		"Hit/impl=otter":   "its hits take no lock, so that processors add up",
		"Hit/impl=map":     "it forgets nothing, so it need not note what was used last, and does not count, nor look at a context",
		"Zipf/impl=map":    "it forgets nothing: every ask is a hit",
		"ZipfTTL/impl=map": "it forgets nothing: every ask is a hit",
	},
}
