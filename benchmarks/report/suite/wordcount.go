package suite

var wordcount = Suite{
	Pkg:       "wordcount",
	Baselines: map[string]string{"Count": "loop"},
	Charts: []Chart{{
		Name: "wordcount", Title: "Counting the words of 10,000 files, times as fast as the loop",
		Tables: []string{"Count"},
	}},
	Why: map[string]Reason{
		"Count/impl=hand-goroutines": merges,
	},
}
