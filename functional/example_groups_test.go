package functional_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func length(s string) int { return len(s) }

func ExampleChunk() {
	for batch := range functional.Chunk(functional.Range(0, 7, 1), 3) {
		fmt.Println(batch)
	}
	// Output:
	// [0 1 2]
	// [3 4 5]
	// [6]
}

func ExampleWindow() {
	prices := slices.Values([]int{3, 5, 10, 3})
	for w := range functional.Window(prices, 3) {
		fmt.Println(w, (w[0]+w[1]+w[2])/3)
	}
	// Output:
	// [3 5 10] 6
	// [5 10 3] 6
}

func ExamplePairwise() {
	for from, to := range functional.Pairwise(strings.FieldsSeq("Paris Lyon Nice")) {
		fmt.Println(from, "to", to)
	}
	// Output:
	// Paris to Lyon
	// Lyon to Nice
}

func ExampleGroupBy() {
	fmt.Println(functional.GroupBy(strings.FieldsSeq("fan out and fold"), length))
	// Output: map[3:[fan out and] 4:[fold]]
}

func ExampleGroupRuns() {
	days := strings.FieldsSeq("sun sun rain sun")
	for weather, run := range functional.GroupRuns(days, func(day string) string { return day }) {
		fmt.Println(len(run), weather)
	}
	// Output:
	// 2 sun
	// 1 rain
	// 1 sun
}

func ExampleCountBy() {
	fmt.Println(functional.CountBy(strings.FieldsSeq("fan out and fold"), length))
	// Output: map[3:3 4:1]
}

func ExamplePartition() {
	upper, rest := functional.Partition(strings.FieldsSeq("please do NOT touch"), isUpper)
	fmt.Println(upper, rest)
	// Output: [NOT] [please do touch]
}

func ExampleDistinct() {
	fmt.Println(slices.Collect(functional.Distinct(strings.FieldsSeq("to be or not to be"))))
	// Output: [to be or not]
}

func ExampleDistinctBy() {
	fmt.Println(slices.Collect(functional.DistinctBy(strings.FieldsSeq("to be or not to be"), length)))
	// Output: [to not]
}

func ExampleSortedBy() {
	fmt.Println(functional.SortedBy(strings.FieldsSeq("three words only"), length))
	// Output: [only three words]
}

func ExampleTopK() {
	fmt.Println(functional.TopK(slices.Values([]int{3, 1, 4, 1, 5, 9, 2, 6}), 3))
	// Output: [9 6 5]
}

func ExampleTopKFunc() {
	longest := functional.TopKFunc(strings.FieldsSeq("the longest words of a sentence"), 2, func(a, b string) int { return len(a) - len(b) })
	fmt.Println(longest)
	// Output: [sentence longest]
}

func ExampleMerge() {
	fmt.Println(slices.Collect(functional.Merge(functional.Range(0, 10, 3), functional.Range(0, 10, 5))))
	// Output: [0 0 3 5 6 9]
}

func ExampleMergeFunc() {
	falling := slices.Values([]string{"ccc", "a"})
	fmt.Println(slices.Collect(functional.MergeFunc(slices.Collect(functional.Take(functional.Repeat(falling), 2)),
		func(a, b string) int { return len(b) - len(a) })))
	// Output: [ccc ccc a a]
}

func ExampleCartesian() {
	for suit, rank := range functional.Cartesian(slices.Values([]string{"♠", "♥"}), slices.Values([]string{"K", "Q"})) {
		fmt.Print(suit, rank, " ")
	}
	// Output: ♠K ♠Q ♥K ♥Q
}

func ExampleCartesianSlices() {
	bits := []int{0, 1}
	for b := range functional.CartesianSlices(bits, bits, bits) {
		fmt.Print(b)
	}
	// Output: [0 0 0][0 0 1][0 1 0][0 1 1][1 0 0][1 0 1][1 1 0][1 1 1]
}

func ExamplePermutations() {
	for p := range functional.Permutations([]string{"a", "b", "c"}, 2) {
		fmt.Print(p)
	}
	// Output: [a b][a c][b a][b c][c a][c b]
}

func ExampleCombinations() {
	for c := range functional.Combinations([]string{"a", "b", "c"}, 2) {
		fmt.Print(c)
	}
	// Output: [a b][a c][b c]
}

func ExampleCombinationsWithReplacement() {
	for c := range functional.CombinationsWithReplacement([]string{"a", "b", "c"}, 2) {
		fmt.Print(c)
	}
	// Output: [a a][a b][a c][b b][b c][c c]
}

func ExampleCompress() {
	fmt.Println(slices.Collect(functional.Compress(strings.FieldsSeq("a b c d"), slices.Values([]bool{true, false, true, true}))))
	// Output: [a c d]
}

func ExampleUnion() {
	fmt.Println(slices.Collect(functional.Union(functional.Range(0, 4, 1), functional.Range(2, 6, 1))))
	// Output: [0 1 2 3 4 5]
}

func ExampleIntersection() {
	fmt.Println(slices.Collect(functional.Intersection(functional.Range(0, 4, 1), functional.Range(2, 6, 1))))
	// Output: [2 3]
}

func ExampleDifference() {
	fmt.Println(slices.Collect(functional.Difference(functional.Range(0, 4, 1), functional.Range(2, 6, 1))))
	// Output: [0 1]
}

func ExampleSymmetricDifference() {
	fmt.Println(slices.Collect(functional.SymmetricDifference(functional.Range(0, 4, 1), functional.Range(2, 6, 1))))
	// Output: [0 1 4 5]
}

func ExampleToMap() {
	fmt.Println(functional.ToMap(strings.FieldsSeq("fan fold"), func(s string) (string, int) { return s, len(s) }))
	// Output: map[fan:3 fold:4]
}

func ExampleKeyBy() {
	fmt.Println(functional.KeyBy(strings.FieldsSeq("fan out and fold"), length))
	// Output: map[3:and 4:fold]
}

func ExampleSample() {
	chosen := functional.Sample(functional.Range(0, 1000, 1), 5, rand.NewPCG(1, 2))
	fmt.Println(len(chosen), functional.Count(functional.Distinct(slices.Values(chosen))))
	// Output: 5 5
}

func ExampleShuffle() {
	deck := functional.Shuffle(functional.Range(0, 52, 1), rand.NewPCG(1, 2))
	fmt.Println(len(deck), functional.Sum(slices.Values(deck)))
	// Output: 52 1326
}
