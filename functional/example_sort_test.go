package functional_test

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func ExampleParSort() {
	temperatures := []float64{21.5, -3, math.NaN(), 8, math.Inf(-1)}
	err := functional.ParSort(context.Background(), temperatures)
	fmt.Println(temperatures, err)
	// Output: [NaN -Inf -3 8 21.5] <nil>
}

func ExampleParSortFunc() {
	words := strings.Fields("A function is the only interface")
	err := functional.ParSortFunc(context.Background(), words, func(a, b string) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b))
	})
	fmt.Println(words, err)
	// Output: [interface function only the is A] <nil>
}

func ExampleParSortStableFunc() {
	words := strings.Fields("to be or not to bee")
	err := functional.ParSortStableFunc(context.Background(), words, func(a, b string) int {
		return cmp.Compare(len(a), len(b))
	})
	fmt.Println(words, err)
	// Output: [to be or to not bee] <nil>
}
