package functional_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func ExampleZip() {
	names := strings.FieldsSeq("Ada Alan Kurt")
	born := slices.Values([]int{1815, 1912})
	fmt.Println(maps.Collect(functional.Zip(names, born)))
	// Output: map[Ada:1815 Alan:1912]
}

func ExampleZipStrict() {
	names := strings.FieldsSeq("Ada Alan Kurt")
	born := slices.Values([]int{1815, 1912})
	for p, err := range functional.ZipStrict(names, born) {
		fmt.Println(p.First, p.Second, err)
	}
	// Output:
	// Ada 1815 <nil>
	// Alan 1912 <nil>
	//  0 functional: sequences of unequal length: the second ended after 2 elements, the first did not
}

func ExampleZipLongest() {
	names := strings.FieldsSeq("Ada Alan Kurt")
	born := slices.Values([]int{1815, 1912})
	for name, year := range functional.ZipLongest(names, born, "nobody", -1) {
		fmt.Println(name, year)
	}
	// Output:
	// Ada 1815
	// Alan 1912
	// Kurt -1
}

func ExampleUnzip() {
	words, counts := functional.Unzip(functional.ToKV(strings.FieldsSeq("fan out fold"), func(s string) (string, int) { return s, len(s) }))
	fmt.Println(words, counts)
	// Output: [fan out fold] [3 3 4]
}

func ExampleMap2() {
	sums := functional.Map2(slices.Values([]int{1, 2, 3}), functional.Repeat(10), func(a, b int) int { return a + b })
	fmt.Println(slices.Collect(sums))
	// Output: [11 12 13]
}

func ExampleMap2Slice() {
	fmt.Println(functional.Map2Slice([]int{1, 2, 3}, []int{4, 5, 6}, func(a, b int) int { return a + b }))
	// Output: [5 7 9]
}

func ExampleChain() {
	fmt.Println(slices.Collect(functional.Chain(functional.Range(0, 3, 1), functional.Range(10, 12, 1))))
	// Output: [0 1 2 10 11]
}

func ExampleInterleave() {
	fmt.Println(slices.Collect(functional.Interleave(functional.Range(0, 4, 1), functional.Range(10, 12, 1))))
	// Output: [0 10 1 11 2 3]
}

func ExampleTee() {
	var words int
	var longest string
	functional.Tee(strings.FieldsSeq("one pass over the text"),
		func(seq iter.Seq[string]) { words = functional.Count(seq) },
		func(seq iter.Seq[string]) {
			longest, _ = functional.MaxBy(seq, func(s string) int { return len(s) })
		})
	fmt.Println(words, longest)
	// Output: 5 pass
}

func ExampleTeeUnbounded() {
	seqs, stop := functional.TeeUnbounded(strings.FieldsSeq("fan out fold"), 2)
	defer stop()
	for i, word := range functional.Enumerate(seqs[0]) {
		if i > 0 {
			before, _ := functional.First(seqs[1])
			fmt.Println(before, word)
		}
	}
	// Output:
	// fan out
	// out fold
}
