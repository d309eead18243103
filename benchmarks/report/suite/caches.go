package suite

var caches = Suite{
	Pkg: "functional/caches",
	Marks: []Mark{
		{Name: "memoize-hit-ns", Of: "Hit/impl=fanfold/goroutines=1", Unit: "ns/op", Per: 1, Op: AtMost, Target: 90},
		{Name: "memoize-hit-parallel-ns", Of: "Hit/impl=fanfold/goroutines=procs", Unit: "ns/op", Per: 1, Op: AtMost, Target: 90},
	},
	Charts: []Chart{{
		Inner: true, Name: "caches", Title: "Caches by one goroutine, times as fast as fanfold", Block: "goroutines=1",
		Tables: []string{"Hit", "Zipf", "ZipfTTL", "Miss"},
	}},
	Why: map[string]Reason{
		"Hit/impl=otter":   lockFree,
		"Hit/impl=map":     neverEvicts,
		"Zipf/impl=map":    neverEvicts,
		"ZipfTTL/impl=map": neverEvicts,
	},
}
