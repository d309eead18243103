package main

// twoWorkers is the case that the marks speak of: fanfold on two workers.
const twoWorkers = "/impl=fanfold/workers=2"

var functionalSuite = suite{
	pkg: "functional",
	about: `The parallel maps against the loop that makes the same callback, pieces cut by
hand, and libraries. An item's work is a fixed number of turns of a loop, which
its name states in microseconds of a processor at 4.2 GHz. lo/parallel has no
bound on its goroutines and is measured with GOMAXPROCS alone. SlowFirst is not
the time of a call but how long after it another item begins while the first
one is slow; SlowItems are as many sleeps of 100 ms as there are workers.`,
	baselines: map[string]string{
		"ParMap":       "loop",
		"ParMapChunks": "loop",
		"ParMapSeq":    "loop",
		"SlowItems":    "one-item",
	},
	marks: []mark{
		{name: "parmap-2000x10us", of: "ParMap/workload=2000x10us" + twoWorkers, over: "loop", op: atLeast, target: 1.95},
		{name: "parmap-10000x1us", of: "ParMap/workload=10000x1us" + twoWorkers, over: "loop", op: atLeast, target: 1.95},
		{name: "parmap-triangular", of: "ParMap/workload=triangular" + twoWorkers, over: "loop", op: atLeast, target: 1.95},
		{name: "parmap-first-100x", of: "ParMap/workload=first-100x" + twoWorkers, over: "loop", op: atLeast, target: 1.95},
		{name: "parmap-last-100x", of: "ParMap/workload=last-100x" + twoWorkers, over: "loop", op: atLeast, target: 1.95},
		{name: "parmap-1e6-trivial", of: "ParMap/workload=1e6-trivial" + twoWorkers, over: "loop", op: atLeast, target: 1.4},
		{name: "parmap-100-trivial-loss", of: "ParMap/workload=100-trivial" + twoWorkers, over: "loop", op: atMost, target: 2},
		{name: "parmapchunks-1e6-trivial", of: "ParMapChunks/workload=1e6-trivial" + twoWorkers, over: "loop", op: atLeast, target: 1.4},
		{name: "slow-items-2-workers", of: "SlowItems" + twoWorkers, over: "one-item", op: atMost, target: 1.1},
		{name: "slow-items-4-workers", of: "SlowItems/impl=fanfold/workers=4", over: "one-item", op: atMost, target: 1.1},
		{name: "hold-up-blocking-us", of: "SlowFirst/first=blocking" + twoWorkers, unit: "ns/op", per: 1e3, op: atMost, target: 100},
		{name: "hold-up-computing-us", of: "SlowFirst/first=computing" + twoWorkers, unit: "ns/op", per: 1e3, op: atMost, target: 100},
		{name: "parmap-allocs", of: "ParMap/workload=10000x1us" + twoWorkers, unit: "allocs/op", per: 1, op: atMost, target: 8},
	},
	charts: []chart{{
		name: "parmap", title: "ParMap on two workers, times as fast as the loop", block: "workers=2",
		tables: []string{
			"ParMap/workload=10000x1us", "ParMap/workload=triangular",
			"ParMap/workload=1e6-trivial", "ParMap/workload=100-trivial",
		},
	}},
	why: map[string]string{
		"ParMap/workload=100-trivial":            "a go statement, an engine and a worker are made for 100 items of two nanoseconds",
		"ParMap/workload=1e6-trivial-cancelable": "they do not look at the context",
		"ParMapChunks/workload=1e6-trivial":      "they write results where they belong; here the function makes a slice of them, which is then copied",
		"ParMapSeq/workload=10000x1us":           "every item goes to another goroutine and back",
		"SlowFirst/first=blocking":               "they start every goroutine before the first item, and pay for that on any input",
		"SlowFirst/first=computing":              "they start every goroutine before the first item, and pay for that on any input",
	},
}
