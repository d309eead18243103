package suite

var sorts = Suite{
	Pkg: "functional/sorts",
	Baselines: map[string]string{
		"ParSort": "slices.Sort", "ParSortFloats": "slices.Sort", "ParSortStrings": "slices.Sort",
		"ParSortFunc": "slices.SortFunc", "ParSortStableFunc": "slices.SortStableFunc",
	},
	Marks: []Mark{
		{Name: "parsort-random", Of: "ParSort/input=random" + twoWorkers, Over: "slices.Sort", Op: AtLeast, Target: 4},
		{Name: "parsort-below-1e6", Of: "ParSort/input=below-1e6" + twoWorkers, Over: "slices.Sort", Op: AtLeast, Target: 4},
		{Name: "parsort-func", Of: "ParSortFunc/input=random" + twoWorkers, Over: "slices.SortFunc", Op: AtLeast, Target: 1.85},
	},
	Charts: []Chart{{
		Name: "sorts", Title: "Sorting a million elements on two workers, times as fast as package slices", Block: "workers=2",
		Tables: []string{
			"ParSort/input=random", "ParSort/input=10-values", "ParSortFloats/input=random",
			"ParSortStrings/input=random", "ParSortFunc/input=random", "ParSortStableFunc/input=random",
		},
	}},
	Why: map[string]Reason{
		"ParSortStrings/input=10-values": inPlace,
	},
}
