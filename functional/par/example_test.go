package par_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
)

func ExampleMap() {
	steps, err := par.Map(context.Background(), []int{27, 97, 871, 6171}, collatz)
	fmt.Println(steps, err)

	steps, err = par.Map(context.Background(), []int{27, -1, 871, -2}, collatz)
	fmt.Println(steps, err)
	// Output:
	// [111 118 178 261] <nil>
	// [] element 1: collatz of -1
}

func ExampleMap_allErrors() {
	steps, err := par.Map(context.Background(), []int{27, -1, 871, -2}, collatz, par.Options{AllErrors: true})
	fmt.Println(steps)
	fmt.Println(err)
	// Output:
	// [111 0 178 0]
	// element 1: collatz of -1
	// element 3: collatz of -2
}

func ExampleForEach() {
	rows := [][]float64{{3, 4}, {6, 8}}
	err := par.ForEach(context.Background(), rows, func(_ context.Context, row []float64) error {
		sum := row[0] + row[1]
		row[0], row[1] = row[0]/sum, row[1]/sum
		return nil
	})
	fmt.Printf("%.2f %v\n", rows, err)
	// Output: [[0.43 0.57] [0.43 0.57]] <nil>
}

func ExampleFilter() {
	long, err := par.Filter(context.Background(), []int{9, 27, 32, 97}, func(ctx context.Context, n int) (bool, error) {
		steps, err := collatz(ctx, n)
		return steps > 100, err
	})
	fmt.Println(long, err)
	// Output: [27 97] <nil>
}

func ExampleMapChunks() {
	// One query for many keys.
	lookUp := func(_ context.Context, keys []string) ([]int, error) {
		return functional.MapSlice(keys, func(s string) int { return len(s) }), nil
	}
	lengths, err := par.MapChunks(context.Background(), []string{"fan", "out", "fold"}, lookUp)
	fmt.Println(lengths, err)
	// Output: [3 3 4] <nil>
}

func ExampleRange() {
	celsius := []float64{-40, 0, 37, 100}
	fahrenheit := make([]float64, len(celsius))
	err := par.Range(context.Background(), len(celsius), func(_ context.Context, lo, hi int) error {
		for i := lo; i < hi; i++ {
			fahrenheit[i] = celsius[i]*9/5 + 32
		}
		return nil
	})
	fmt.Println(fahrenheit, err)
	// Output: [-40 32 98.6 212] <nil>
}

func ExampleReduce() {
	words := strings.Fields("associative but not commutative")
	sentence, err := par.Reduce(context.Background(), words, func(a, b string) string { return a + " " + b })
	fmt.Println(sentence, err)
	// Output: associative but not commutative <nil>
}

func ExampleFold() {
	words := strings.Fields("to be or not to be")
	counts, err := par.Fold(context.Background(), words,
		func() map[string]int { return map[string]int{} },
		func(m map[string]int, word string) map[string]int { m[word]++; return m },
		func(a, b map[string]int) map[string]int {
			for word, n := range b {
				a[word] += n
			}
			return a
		})
	fmt.Println(counts, err)
	// Output: map[be:2 not:1 or:1 to:2] <nil>
}

func ExampleMapReduce() {
	most, err := par.MapReduce(context.Background(), []int{27, 97, 871}, collatz, func(a, b int) int { return max(a, b) })
	fmt.Println(most, err)
	// Output: 178 <nil>
}

func ExampleMapSeq() {
	naturals := func(yield func(int) bool) {
		for i := 1; yield(i); i++ {
		}
	}
	// The input has no end; no more than eight numbers are ever read ahead.
	for steps, err := range par.MapSeq(context.Background(), naturals, collatz, par.Options{Window: 8}) {
		if err != nil || steps > 100 {
			fmt.Println(steps, err)
			break
		}
	}
	// Output: 111 <nil>
}

func ExamplePanicError() {
	defer func() {
		var pe *par.PanicError
		if err, ok := recover().(error); ok && errors.As(err, &pe) {
			fmt.Println(pe.Value, "with a stack:", len(pe.Stack) > 0)
		}
	}()
	par.ForEach(context.Background(), []string{"a"}, func(_ context.Context, s string) error {
		panic("cannot bear " + s)
	})
	// Output: cannot bear a with a stack: true
}

// collatz returns how many steps the 3n+1 problem takes from n: the kind of work
// whose cost nobody knows beforehand.
func collatz(_ context.Context, n int) (int, error) {
	if n < 1 {
		return 0, fmt.Errorf("collatz of %d", n)
	}
	steps := 0
	for ; n > 1; steps++ {
		if n%2 == 0 {
			n /= 2
		} else {
			n = 3*n + 1
		}
	}
	return steps, nil
}
