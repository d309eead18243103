package suite

import "strings"

// operators are the names by which programs call what a benchmark measures, where
// that is not the benchmark's own name. Pages show them. This is the one place to
// change when an operator is renamed: benchmarks keep their names, and with them
// the samples that were taken.
var operators = map[string]string{
	"ParMap":            "par.Map",
	"ParMapChunks":      "par.MapChunks",
	"ParMapSeq":         "par.MapSeq",
	"ParRange":          "par.Range",
	"SlowFirst":         "par.Map, slow first item",
	"SlowItems":         "par.Map, slow items",
	"ParSort":           "par.Sort",
	"ParSortFloats":     "par.Sort of floats",
	"ParSortStrings":    "par.Sort of strings",
	"ParSortFunc":       "par.SortFunc",
	"ParSortStableFunc": "par.SortStableFunc",
	"SimpleQueue":       "NewQueue(-1)",
	"LifoQueue":         "NewLifoQueue",
	"PriorityQueue":     "NewPriorityQueue",
	"Hit":               "memo.Memoize, hits",
	"Miss":              "memo.Memoize, misses",
	"Zipf":              "memo.Memoize, Zipf",
	"ZipfTTL":           "memo.Memoize, Zipf with a time to live",
}

// Operator returns the name that pages show of a benchmark.
func Operator(benchmark string) string {
	if name, ok := operators[benchmark]; ok {
		return name
	}
	return benchmark
}

// Title returns the name that pages show of a table: "par.Map/workload=big".
func Title(table string) string {
	benchmark, params, ok := strings.Cut(table, "/")
	if !ok {
		return Operator(benchmark)
	}
	return Operator(benchmark) + "/" + params
}
