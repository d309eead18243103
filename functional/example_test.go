package functional_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
)

func ExampleMap() {
	words := slices.Values([]string{"fan", "out", "and", "fold"})
	for n := range functional.Map(words, func(s string) int { return len(s) }) {
		fmt.Print(n, " ")
	}
	// Output: 3 3 3 4
}

func ExampleMapSlice() {
	fmt.Println(functional.MapSlice([]int{1, 2, 3}, strconv.Itoa))
	// Output: [1 2 3]
}

func ExampleFilter() {
	lines := strings.Lines("a\n\nb\n")
	for line := range functional.Filter(lines, func(s string) bool { return s != "\n" }) {
		fmt.Print(line)
	}
	// Output:
	// a
	// b
}

func ExampleFilterSlice() {
	fmt.Println(functional.FilterSlice([]int{5, -2, 7, -1}, func(i int) bool { return i > 0 }))
	// Output: [5 7]
}

func ExampleFlatMap() {
	lines := slices.Values([]string{"to be or", "not to be"})
	for word := range functional.FlatMap(lines, func(s string) iter.Seq[string] { return strings.FieldsSeq(s) }) {
		fmt.Print(word, ",")
	}
	// Output: to,be,or,not,to,be,
}

func ExampleFlatMapSlice() {
	fmt.Println(functional.FlatMapSlice([]string{"a b", "c"}, strings.Fields))
	// Output: [a b c]
}

func ExampleFold() {
	counts := functional.Fold(strings.SplitSeq("a b a", " "), map[string]int{}, func(m map[string]int, word string) map[string]int {
		m[word]++
		return m
	})
	fmt.Println(counts)
	// Output: map[a:2 b:1]
}

func ExampleFoldSlice() {
	fmt.Println(functional.FoldSlice([]int{1, 2, 3}, "", func(s string, i int) string { return s + strconv.Itoa(i) }))
	// Output: 123
}

func ExampleReduce() {
	longest, ok := functional.Reduce(strings.FieldsSeq("fan out and fold"), func(a, b string) string {
		if len(b) > len(a) {
			return b
		}
		return a
	})
	fmt.Println(longest, ok)
	// Output: fold true
}

func ExampleReduceSlice() {
	product, ok := functional.ReduceSlice([]int{2, 3, 7}, func(a, b int) int { return a * b })
	fmt.Println(product, ok)
	_, ok = functional.ReduceSlice(nil, func(a, b int) int { return a * b })
	fmt.Println(ok)
	// Output:
	// 42 true
	// false
}

func ExampleTake() {
	powers := func(yield func(int) bool) {
		for p := 1; yield(p); p *= 2 {
		}
	}
	fmt.Println(slices.Collect(functional.Take(powers, 5)))
	// Output: [1 2 4 8 16]
}

func ExampleLift() {
	upper, err := par.Map(context.Background(), []string{"fan", "fold"}, functional.Lift(strings.ToUpper))
	fmt.Println(upper, err)
	// Output: [FAN FOLD] <nil>
}
