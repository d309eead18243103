package functional_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func ExampleZip3Strict() {
	names, born, died := strings.FieldsSeq("Ada Alan"), slices.Values([]int{1815, 1912}), slices.Values([]int{1852})
	for t, err := range functional.Zip3Strict(names, born, died) {
		fmt.Println(t, err)
	}
	// Output:
	// {Ada 1815 1852} <nil>
	// { 0 0} functional: sequences of unequal length: the third ended after 1 elements, the first did not
}

func ExampleZip3Longest() {
	names, born, died := strings.FieldsSeq("Ada Alan"), slices.Values([]int{1815, 1912}), slices.Values([]int{1852})
	for t := range functional.Zip3Longest(names, born, died, "nobody", -1, -1) {
		fmt.Println(t)
	}
	// Output:
	// {Ada 1815 1852}
	// {Alan 1912 -1}
}

func clamp(v, lo, hi int) int { return min(max(v, lo), hi) }

func ExampleMap3Strict() {
	values, least, most := slices.Values([]int{-5, 50}), slices.Values([]int{0, 0}), slices.Values([]int{10, 20})
	fmt.Println(functional.TryCollect(functional.Map3Strict(values, least, most, clamp)))
	// Output: [0 20] <nil>
}

func ExampleMap3Longest() {
	values, least, most := slices.Values([]int{-5, 5, 500}), slices.Values([]int{0}), slices.Values([]int{10})
	fmt.Println(slices.Collect(functional.Map3Longest(values, least, most, 0, -100, 100, clamp)))
	// Output: [0 5 100]
}

func ExampleTryMap3Strict() {
	texts, bases, sizes := strings.FieldsSeq("ff 101 7"), slices.Values([]int{16, 2}), functional.Repeat(64)
	fmt.Println(functional.TryCollect(functional.TryMap3Strict(texts, bases, sizes, strconv.ParseInt)))
	// Output: [255 5] functional: sequences of unequal length: the second ended after 2 elements, the first did not
}

func ExampleTryMap3Longest() {
	texts, bases, sizes := strings.FieldsSeq("ff 101 7"), slices.Values([]int{16, 2}), slices.Values([]int{64})
	fmt.Println(functional.TryCollect(functional.TryMap3Longest(texts, bases, sizes, "", 10, 64, strconv.ParseInt)))
	// Output: [255 5 7] <nil>
}
