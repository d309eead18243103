package functional_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
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

func ExampleTryMap() {
	words := slices.Values([]string{"1", "two", "3"})
	for i, err := range functional.TryMap(words, strconv.Atoi) {
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(i)
	}
	// Output:
	// 1
	// strconv.Atoi: parsing "two": invalid syntax
	// 3
}

func ExampleTryCollect() {
	words := slices.Values([]string{"1", "2", "three", "4"})
	fmt.Println(functional.TryCollect(functional.TryMap(words, strconv.Atoi)))
	// Output: [1 2] strconv.Atoi: parsing "three": invalid syntax
}

func ExampleUntil() {
	words := slices.Values([]string{"1", "2", "three", "4"})
	var err error
	numbers := functional.Until(functional.TryMap(words, strconv.Atoi), &err)
	sum := functional.Fold(numbers, 0, func(sum, i int) int { return sum + i })
	fmt.Println(sum, err)
	// Output: 3 strconv.Atoi: parsing "three": invalid syntax
}

func ExampleLift() {
	upper, err := functional.ParMap(context.Background(), []string{"fan", "fold"}, functional.Lift(strings.ToUpper))
	fmt.Println(upper, err)
	// Output: [FAN FOLD] <nil>
}

func ExampleWithContext() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	naturals := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	for i, err := range functional.WithContext(ctx, naturals) {
		if err != nil {
			fmt.Println(err)
			break
		}
		fmt.Println(i)
		if i == 1 {
			cancel(errors.New("seen enough"))
		}
	}
	// Output:
	// 0
	// 1
	// seen enough
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

func ExampleParMap() {
	steps, err := functional.ParMap(context.Background(), []int{27, 97, 871, 6171}, collatz)
	fmt.Println(steps, err)

	steps, err = functional.ParMap(context.Background(), []int{27, -1, 871, -2}, collatz)
	fmt.Println(steps, err)
	// Output:
	// [111 118 178 261] <nil>
	// [] collatz of -1
}

func ExampleParMap_allErrors() {
	steps, err := functional.ParMap(context.Background(), []int{27, -1, 871, -2}, collatz, functional.Par{AllErrors: true})
	fmt.Println(steps)
	fmt.Println(err)
	// Output:
	// [111 0 178 0]
	// collatz of -1
	// collatz of -2
}

func ExampleParForEach() {
	rows := [][]float64{{3, 4}, {6, 8}}
	err := functional.ParForEach(context.Background(), rows, func(_ context.Context, row []float64) error {
		sum := row[0] + row[1]
		row[0], row[1] = row[0]/sum, row[1]/sum
		return nil
	})
	fmt.Printf("%.2f %v\n", rows, err)
	// Output: [[0.43 0.57] [0.43 0.57]] <nil>
}

func ExampleParFilter() {
	long, err := functional.ParFilter(context.Background(), []int{9, 27, 32, 97}, func(ctx context.Context, n int) (bool, error) {
		steps, err := collatz(ctx, n)
		return steps > 100, err
	})
	fmt.Println(long, err)
	// Output: [27 97] <nil>
}

func ExampleParMapChunks() {
	// One query for many keys.
	lookUp := func(_ context.Context, keys []string) ([]int, error) {
		return functional.MapSlice(keys, func(s string) int { return len(s) }), nil
	}
	lengths, err := functional.ParMapChunks(context.Background(), []string{"fan", "out", "fold"}, lookUp)
	fmt.Println(lengths, err)
	// Output: [3 3 4] <nil>
}

func ExampleParReduce() {
	words := strings.Fields("associative but not commutative")
	sentence, err := functional.ParReduce(context.Background(), words, func(a, b string) string { return a + " " + b })
	fmt.Println(sentence, err)
	// Output: associative but not commutative <nil>
}

func ExampleParFold() {
	words := strings.Fields("to be or not to be")
	counts, err := functional.ParFold(context.Background(), words,
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
	most, err := functional.MapReduce(context.Background(), []int{27, 97, 871}, collatz, func(a, b int) int { return max(a, b) })
	fmt.Println(most, err)
	// Output: 178 <nil>
}

func ExampleParMapSeq() {
	naturals := func(yield func(int) bool) {
		for i := 1; yield(i); i++ {
		}
	}
	// The input has no end; no more than eight numbers are ever read ahead.
	for steps, err := range functional.ParMapSeq(context.Background(), naturals, collatz, functional.Par{Window: 8}) {
		if err != nil || steps > 100 {
			fmt.Println(steps, err)
			break
		}
	}
	// Output: 111 <nil>
}

func ExamplePanicError() {
	defer func() {
		var pe *functional.PanicError
		if err, ok := recover().(error); ok && errors.As(err, &pe) {
			fmt.Println(pe.Value, "with a stack:", len(pe.Stack) > 0)
		}
	}()
	functional.ParForEach(context.Background(), []string{"a"}, func(_ context.Context, s string) error {
		panic("cannot bear " + s)
	})
	// Output: cannot bear a with a stack: true
}
