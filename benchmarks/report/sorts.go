package main

var sortsSuite = suite{
	pkg: "functional/sorts",
	about: `The sorts against those of package slices and pargo's, over a million elements: ints
unless the name says otherwise. pargo has no bound on its goroutines and is measured
with GOMAXPROCS alone.`,
	baselines: map[string]string{
		"ParSort": "slices.Sort", "ParSortFloats": "slices.Sort", "ParSortStrings": "slices.Sort",
		"ParSortFunc": "slices.SortFunc", "ParSortStableFunc": "slices.SortStableFunc",
	},
	marks: []mark{
		{name: "parsort-random", of: "ParSort/input=random" + twoWorkers, over: "slices.Sort", op: atLeast, target: 4},
		{name: "parsort-below-1e6", of: "ParSort/input=below-1e6" + twoWorkers, over: "slices.Sort", op: atLeast, target: 4},
		{name: "parsort-func", of: "ParSortFunc/input=random" + twoWorkers, over: "slices.SortFunc", op: atLeast, target: 1.85},
	},
	charts: []chart{{
		name: "sorts", title: "Sorting a million elements on two workers, times as fast as package slices", block: "workers=2",
		tables: []string{
			"ParSort/input=random", "ParSort/input=10-values", "ParSortFloats/input=random",
			"ParSortStrings/input=random", "ParSortFunc/input=random", "ParSortStableFunc/input=random",
		},
	}},
	why: map[string]string{
		"ParSortStrings/input=10-values": few,
	},
}

// few explains strings of which there are few different ones.
const few = "it sorts in place and is done with equal elements at once; a merge copies all of them to a second slice of pointers"
