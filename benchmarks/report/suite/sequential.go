package suite

var sequential = Suite{
	Pkg: "functional/sequential",
	Baselines: map[string]string{
		"Map": "loop", "Reduce": "loop", "Filter": "loop", "Chain": "loop", "Map2": "loop",
		"Zip": "hand-pull", "GroupBy": "loop", "Distinct": "loop", "TopK": "sort",
		"SortedBy": "slices.SortStableFunc", "Merge": "sort", "Chunk": "loop", "Window": "loop",
	},
	Marks: []Mark{
		{Name: "chain-filter-map-reduce", Of: "Chain/stages=filter-map-reduce/impl=fanfold", Over: "loop", Op: AtMost, Target: 1},
		{Name: "chain-filter-map-reduce-allocs", Of: "Chain/stages=filter-map-reduce/impl=fanfold", Unit: "allocs/op", Per: 1, Op: AtMost, Target: 0},
		// A stage is an operator: four Maps and a Reduce are five.
		{Name: "chain-4maps-ns-per-stage", Of: "Chain/stages=4maps-reduce/impl=fanfold", Unit: "ns/op", Per: 5e6, Op: AtMost, Target: 3},
		{Name: "chain-6maps-ns-per-stage", Of: "Chain/stages=6maps-reduce/impl=fanfold", Unit: "ns/op", Per: 7e6, Op: AtMost, Target: 3},
		{Name: "chain-8maps-ns-per-stage", Of: "Chain/stages=8maps-reduce/impl=fanfold", Unit: "ns/op", Per: 9e6, Op: AtMost, Target: 3},
		{Name: "filter-random", Of: "Filter/keep=random-half/impl=fanfold", Over: "loop", Op: AtLeast, Target: 3},
		{Name: "zip-ahead-ns", Of: "Zip/impl=fanfold-ahead", Unit: "ns/op", Per: 1e5, Op: AtMost, Target: 17},
	},
	Charts: []Chart{
		{
			Name: "chain", Title: "Chains of operators, times as fast as the loop",
			Tables: []string{"Chain/stages=filter-map-reduce", "Chain/stages=5different-reduce", "Chain/stages=2maps-reduce", "Chain/stages=4maps-reduce", "Chain/stages=8maps-reduce"},
		},
		{
			Name: "sequential", Title: "Operators over a million ints, times as fast as the loop",
			Tables: []string{"Map", "Filter/keep=random-half", "Filter/keep=first-half", "Reduce", "Map2"},
		},
	},
	Why: map[string]Reason{
		"Map":                            growing,
		"Chain/stages=5different-reduce": conditional,
		"Chain/stages=2maps-reduce":      recursion,
		"Chain/stages=4maps-reduce":      recursion,
		"Chain/stages=6maps-reduce":      recursion,
		"Chain/stages=8maps-reduce":      recursion,
		"Filter/keep=first-half":         growing,
		"Filter/keep=random-half":        growing,
		"Chunk/impl=slices.Chunk":        inPlace,
		"TopK/k=10":                      inPlace,
		"TopK/k=1000":                    inPlace,
		"Merge/impl=sort":                inPlace,
		"Merge/impl=hand-pull":           inPlace,
		"Distinct/distinct=most/impl=lo": makesRoom,
	},
}
