// Map applies a function to every element of one slice, and another one to the
// elements of two.
package main

import (
	"log"
	"slices"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/try"
)

func main() {
	flags.Parse()

	numbers := []int{1, 2, 3, 4, 5}
	stdout.Println(functional.MapSlice(numbers, func(n int) int { return n * n }))

	// Where one of the sequences is shorter the rest of the other would be lost:
	// the strict form says so.
	first, second := slices.Values([]int{1, 2, 3}), slices.Values([]int{4, 5, 6})
	pairs, err := try.Collect(functional.ZipStrict(first, second))
	if err != nil {
		log.Fatal(err)
	}
	stdout.Println(functional.MapSlice(pairs, func(p functional.Pair[int, int]) int { return p.First + p.Second }))
}
