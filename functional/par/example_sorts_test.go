package par_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
)

func ExampleSort() {
	temperatures := []float64{21.5, -3, math.NaN(), 8, math.Inf(-1)}
	err := par.Sort(context.Background(), temperatures)
	fmt.Println(temperatures, err)
	// Output: [NaN -Inf -3 8 21.5] <nil>
}

func ExampleSortFunc() {
	words := strings.Fields("A function is the only interface")
	err := par.SortFunc(context.Background(), words, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	fmt.Println(words, err)
	// Output: [interface function only the is A] <nil>
}

func ExampleSortStableFunc() {
	words := strings.Fields("to be or not to bee")
	err := par.SortStableFunc(context.Background(), words, func(a, b string) int {
		return cmp.Compare(len(a), len(b))
	})
	fmt.Println(words, err)
	// Output: [to be or to not bee] <nil>
}

func ExampleTopK() {
	fmt.Println(par.TopK(context.Background(), []int{3, 1, 4, 1, 5, 9, 2, 6}, 3))
	// Output: [9 6 5] <nil>
}

func ExampleTopKFunc() {
	words := strings.Fields("a function is the only interface")
	fmt.Println(par.TopKFunc(context.Background(), words, 2, func(a, b string) int { return cmp.Compare(len(a), len(b)) }))
	// Output: [interface function] <nil>
}

func ExampleGroupBy() {
	words := strings.Fields("fan out and fold")
	groups, err := par.GroupBy(context.Background(), words, functional.Lift(func(s string) int { return len(s) }))
	fmt.Println(groups, err)
	// Output: map[3:[fan out and] 4:[fold]] <nil>
}

func ExampleDistinct() {
	words := strings.Fields("to be or not to be")
	fmt.Println(par.Distinct(context.Background(), words))
	// Output: [to be or not] <nil>
}

func ExampleDistinctBy() {
	words := strings.Fields("fan out and fold into one")
	fmt.Println(par.DistinctBy(context.Background(), words, functional.Lift(func(s string) int { return len(s) })))
	// Output: [fan fold] <nil>
}
