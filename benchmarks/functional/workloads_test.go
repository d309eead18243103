package functional_test

// A workload is a slice of items and the function that all implementations
// call for each.
type workload struct {
	name  string
	items []int
	f     itemFunc

	// With a context that can end, an operator that looks at it before every item pays
	// for that.
	cancelable bool
}

// workloads returns the inputs of BenchmarkParMap.
//
// One long item bounds what in-order work can reach: with n items of one unit
// and a last one of 100, two workers need at least (n-1)/2+100 of the loop's
// n+99 units. That is 1.91x for 2000 items, 1.98x for 10000; the long last item
// therefore stands at the end of the longer input. A long first item can be
// overlapped with all others, so that 2x is possible in both.
func workloads() []workload {
	const us = turnsPerMicrosecond
	first := uniform(2000, 10*us)
	first[0] *= 100
	last := uniform(10_000, us)
	last[len(last)-1] *= 100
	return []workload{
		{name: "2000x10us", items: uniform(2000, 10*us), f: work},
		{name: "10000x1us", items: uniform(10_000, us), f: work},
		{name: "triangular", items: triangular(2000, 20*us), f: work},
		{name: "first-100x", items: first, f: work},
		{name: "last-100x", items: last, f: work},
		{name: "1e6-trivial", items: ascending(1_000_000), f: trivial},
		{name: "1e6-trivial-cancelable", items: ascending(1_000_000), f: trivial, cancelable: true},
		{name: "100-trivial", items: ascending(100), f: trivial},
	}
}

// uniform returns n items of the same cost.
func uniform(n, turns int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = turns
	}
	return s
}

// triangular returns n items whose cost grows from nothing to turns.
func triangular(n, turns int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i * turns / n
	}
	return s
}

// ascending returns 0 … n-1.
func ascending(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}
