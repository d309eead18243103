package suite

// twoWorkers is the case that the marks speak of: fanfold on two workers.
const twoWorkers = "/impl=fanfold/workers=2"

var parallel = Suite{
	Pkg: "functional",
	Baselines: map[string]string{
		"ParMap":       "loop",
		"ParMapChunks": "loop",
		"ParMapSeq":    "loop",
		"ParRange":     "loop",
		"SlowItems":    "one-item",
	},
	Marks: []Mark{
		{Name: "parmap-2000x10us", Of: "ParMap/workload=2000x10us" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.95},
		{Name: "parmap-10000x1us", Of: "ParMap/workload=10000x1us" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.95},
		{Name: "parmap-triangular", Of: "ParMap/workload=triangular" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.95},
		{Name: "parmap-first-100x", Of: "ParMap/workload=first-100x" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.95},
		{Name: "parmap-last-100x", Of: "ParMap/workload=last-100x" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.95},
		{Name: "parmap-1e6-trivial", Of: "ParMap/workload=1e6-trivial" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.4},
		{Name: "parmapchunks-1e6-trivial", Of: "ParMapChunks/workload=1e6-trivial" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.4},
		{Name: "parrange-1e6-trivial", Of: "ParRange/workload=1e6-trivial" + twoWorkers, Over: "loop", Op: AtLeast, Target: 1.4},
		{Name: "slow-items-2-workers", Of: "SlowItems" + twoWorkers, Over: "one-item", Op: AtMost, Target: 1.1},
		{Name: "slow-items-4-workers", Of: "SlowItems/impl=fanfold/workers=4", Over: "one-item", Op: AtMost, Target: 1.1},
		{Name: "hold-up-blocking-us", Of: "SlowFirst/first=blocking" + twoWorkers, Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 100},
		{Name: "hold-up-computing-us", Of: "SlowFirst/first=computing" + twoWorkers, Unit: "ns/op", Per: 1e3, Op: AtMost, Target: 100},
		{Name: "parmap-allocs", Of: "ParMap/workload=10000x1us" + twoWorkers, Unit: "allocs/op", Per: 1, Op: AtMost, Target: 8},
	},
	Costs: []Mark{
		{Name: "parmap-100-trivial", Of: "ParMap/workload=100-trivial" + twoWorkers, Over: "loop", Op: AtMost, Note: "times the loop over 100 items of 1 ns: one go statement"},
		{Name: "parmap-100-trivial-ns", Of: "ParMap/workload=100-trivial" + twoWorkers, Unit: "ns/op", Per: 1, Op: AtMost, Note: "ns for that call"},
	},
	Charts: []Chart{{
		Name: "parmap", Title: "par.Map on two workers, times as fast as the loop", Block: "workers=2",
		Tables: []string{
			"ParMap/workload=10000x1us", "ParMap/workload=triangular",
			"ParMap/workload=1e6-trivial", "ParMap/workload=100-trivial",
		},
	}},
	Why: map[string]Reason{
		"ParMap/workload=100-trivial":            goStatement,
		"ParMap/workload=1e6-trivial-cancelable": ignoresEnd,
		"ParMapChunks/workload=1e6-trivial":      intoPlace,
		"ParMapSeq/workload=10000x1us":           perItem,
		"SlowFirst/first=blocking":               startsAll,
		"SlowFirst/first=computing":              startsAll,
	},
}
