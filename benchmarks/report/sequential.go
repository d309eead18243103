package main

var sequentialSuite = suite{
	pkg: "functional/sequential",
	about: `The operators that run in the goroutine that calls them against the loop one
writes instead and against libraries, over a million random ints (Zip and Merge:
100,000, SortedBy: 100,000 strings). fanfold is the form that the documentation
advises for the job, fanfold-seq the lazy one where that is another; lo-it is
lo's package it. A chain of Maps is also measured as one Map of a function that
calls all of them, fanfold-fused.`,
	baselines: map[string]string{
		"Map": "loop", "Reduce": "loop", "Filter": "loop", "Chain": "loop", "Map2": "loop",
		"Zip": "hand-pull", "GroupBy": "loop", "Distinct": "loop", "TopK": "sort",
		"SortedBy": "slices.SortStableFunc", "Merge": "sort", "Chunk": "loop", "Window": "loop",
	},
	marks: []mark{
		{name: "chain-filter-map-reduce", of: "Chain/stages=filter-map-reduce/impl=fanfold", over: "loop", op: atMost, target: 1},
		{name: "chain-filter-map-reduce-allocs", of: "Chain/stages=filter-map-reduce/impl=fanfold", unit: "allocs/op", per: 1, op: atMost, target: 0},
		// A stage is an operator: four Maps and a Reduce are five.
		{name: "chain-4maps-ns-per-stage", of: "Chain/stages=4maps-reduce/impl=fanfold", unit: "ns/op", per: 5e6, op: atMost, target: 3},
		{name: "chain-6maps-ns-per-stage", of: "Chain/stages=6maps-reduce/impl=fanfold", unit: "ns/op", per: 7e6, op: atMost, target: 3},
		{name: "chain-8maps-ns-per-stage", of: "Chain/stages=8maps-reduce/impl=fanfold", unit: "ns/op", per: 9e6, op: atMost, target: 3},
		{name: "filter-random", of: "Filter/keep=random-half/impl=fanfold", over: "loop", op: atLeast, target: 3},
		{name: "zip-ahead-ns", of: "Zip/impl=fanfold-ahead", unit: "ns/op", per: 1e5, op: atMost, target: 17},
	},
	charts: []chart{
		{
			name: "chain", title: "Chains of operators, times as fast as the loop",
			tables: []string{"Chain/stages=filter-map-reduce", "Chain/stages=5different-reduce", "Chain/stages=2maps-reduce", "Chain/stages=4maps-reduce", "Chain/stages=8maps-reduce"},
		},
		{
			name: "sequential", title: "Operators over a million ints, times as fast as the loop",
			tables: []string{"Map", "Filter/keep=random-half", "Filter/keep=first-half", "Reduce", "Map2"},
		},
	},
	why: map[string]string{
		"Map":                            "a slice of unknown length grows: five times the memory, and copies; where the length is known, slices.AppendSeq can be given it",
		"Chain/stages=5different-reduce": "both are one loop without a call; of the two unpredictable conditions the compiler makes one a conditional move in the hand-written one",
		"Chain/stages=2maps-reduce":      inItself,
		"Chain/stages=4maps-reduce":      inItself,
		"Chain/stages=6maps-reduce":      inItself,
		"Chain/stages=8maps-reduce":      inItself,
		"Filter/keep=first-half":         "a slice of unknown length grows",
		"Filter/keep=random-half":        "a slice of unknown length grows",
		"Chunk/impl=slices.Chunk":        "it does not copy, which takes a slice",
		"TopK/k=10":                      "it looks at a slice in place; a sequence calls a function for each element",
		"TopK/k=1000":                    "it looks at a slice in place; a sequence calls a function for each element, and candidates are sorted stably",
		"Merge/impl=sort":                "it has everything in memory; asking a sequence for an element takes a switch between goroutines",
		"Merge/impl=hand-pull":           "it looks at eight heads in place; a heap that is made for more compares by a function",
		"Distinct/distinct=most/impl=lo": "it makes room for as many distinct elements as there are elements, whether they come or not",
	},
}

// inItself explains the chains of Maps.
const inItself = "the compiler does not inline an operator into itself, so that all Maps but one are called for each element; the fused form is the loop"
