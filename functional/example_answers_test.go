package functional_test

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func isUpper(s string) bool { return s == strings.ToUpper(s) }

func ExampleAny() {
	fmt.Println(functional.Any(strings.FieldsSeq("please do NOT touch"), isUpper))
	// Output: true
}

func ExampleAll() {
	fmt.Println(functional.All(strings.FieldsSeq("please do NOT touch"), isUpper))
	// Output: false
}

func ExampleContains() {
	fmt.Println(functional.Contains(strings.FieldsSeq("fan out and fold"), "fold"))
	// Output: true
}

func ExampleCount() {
	words := slices.Values([]string{"please", "do", "NOT", "touch"})
	fmt.Println(functional.Count(words), functional.Count(functional.Filter(words, isUpper)))
	// Output: 4 1
}

func ExampleFind() {
	fmt.Println(functional.Find(strings.FieldsSeq("please do NOT touch"), isUpper))
	// Output: NOT true
}

func ExampleFirst() {
	fmt.Println(functional.First(strings.FieldsSeq("fan out")))
	fmt.Println(functional.First(functional.Range(0, 0, 1)))
	// Output:
	// fan true
	// 0 false
}

func ExampleLast() {
	fmt.Println(functional.Last(strings.FieldsSeq("fan out and fold")))
	// Output: fold true
}

func ExampleNth() {
	fmt.Println(functional.Nth(strings.FieldsSeq("fan out and fold"), 2))
	// Output: and true
}

func ExampleSum() {
	fmt.Println(functional.Sum(functional.Range(1, 101, 1)))
	// Output: 5050
}

func ExampleProd() {
	fmt.Println(functional.Prod(functional.Range(1, 6, 1)))
	// Output: 120
}

func ExampleMean() {
	fmt.Println(functional.Mean(slices.Values([]int{1, 2, 4, 4})))
	// Output: 2.75 true
}

func ExampleMin() {
	fmt.Println(functional.Min(strings.FieldsSeq("fan out and fold")))
	// Output: and true
}

func ExampleMax() {
	fmt.Println(functional.Max(strings.FieldsSeq("fan out and fold")))
	// Output: out true
}

func ExampleMinBy() {
	fmt.Println(functional.MinBy(strings.FieldsSeq("three words only"), func(s string) int { return len(s) }))
	// Output: only true
}

func ExampleMaxBy() {
	fmt.Println(functional.MaxBy(strings.FieldsSeq("three words only"), func(s string) int { return len(s) }))
	// Output: three true
}
