// Reduce combines all elements of a slice, with and without an initial value.
package main

import (
	"log"

	"github.com/fanfold/fanfold/examples/internal/flags"
	"github.com/fanfold/fanfold/examples/internal/stdout"
	"github.com/fanfold/fanfold/functional"
)

func main() {
	flags.Parse()

	product, ok := functional.ReduceSlice([]int{1, 2, 3, 4, 5}, func(a, b int) int { return a * b })
	if !ok {
		log.Fatal("the product of nothing is not defined")
	}
	stdout.Println(product)

	words := []string{"Hello", "world", "from", "reduce"}
	sentence, ok := functional.ReduceSlice(words, func(a, b string) string { return a + " " + b })
	if !ok {
		log.Fatal("a sentence needs a word")
	}
	stdout.Println(sentence)

	// With an initial value there always is a result.
	sum := functional.FoldSlice([]int{1, 2, 3, 4, 5}, 10, func(sum, n int) int { return sum + n })
	stdout.Println(sum)
}
