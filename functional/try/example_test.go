package try_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/par"
	"github.com/fanfold/fanfold/functional/try"
)

func ExampleMap() {
	words := slices.Values([]string{"1", "two", "3"})
	for i, err := range try.Map(words, strconv.Atoi) {
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

func ExampleCollect() {
	words := slices.Values([]string{"1", "2", "three", "4"})
	fmt.Println(try.Collect(try.Map(words, strconv.Atoi)))
	// Output: [1 2] strconv.Atoi: parsing "three": invalid syntax
}

func ExampleUntil() {
	words := slices.Values([]string{"1", "2", "three", "4"})
	var err error
	numbers := try.Until(try.Map(words, strconv.Atoi), &err)
	sum := functional.Fold(numbers, 0, func(sum, i int) int { return sum + i })
	fmt.Println(sum, err)
	// Output: 3 strconv.Atoi: parsing "three": invalid syntax
}

func ExampleWithContext() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	naturals := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	for i, err := range try.WithContext(ctx, naturals) {
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

// positive reports whether s is a number above 0, if it is a number at all.
func positive(s string) (bool, error) {
	i, err := strconv.Atoi(s)
	if err != nil {
		return false, fmt.Errorf("%q is no number", s)
	}
	return i > 0, nil
}

// digits returns the length of a number.
func digits(s string) (int, error) {
	if _, err := positive(s); err != nil {
		return 0, err
	}
	return len(s), nil
}

func ExampleIndexed() {
	seq := try.Indexed(try.Map(strings.FieldsSeq("1 22 three"), digits))
	_, err := try.Collect(seq)
	fmt.Println(err)
	var at *functional.IndexError
	fmt.Println(errors.As(err, &at) && at.Index == 2)
	// Output:
	// element 2: "three" is no number
	// true
}

func ExampleSkip() {
	seq := try.Map(strings.FieldsSeq("1 22 three 4444"), digits)
	for n := range try.Skip(seq, func(err error) { fmt.Println("skipped:", err) }) {
		fmt.Println(n)
	}
	// Output:
	// 1
	// 2
	// skipped: "three" is no number
	// 4
}

func ExampleFilter() {
	fmt.Println(try.Collect(try.Filter(strings.FieldsSeq("1 -2 3"), positive)))
	fmt.Println(try.Collect(try.Filter(strings.FieldsSeq("1 -2 x"), positive)))
	// Output:
	// [1 3] <nil>
	// [1] "x" is no number
}

func ExampleFilterMap() {
	settings := try.FilterMap(slices.Values([]string{"# sizes", "80", "wide"}), func(line string) (int, bool, error) {
		if strings.HasPrefix(line, "#") {
			return 0, false, nil
		}
		n, err := strconv.Atoi(line)
		return n, true, err
	})
	fmt.Println(try.Collect(settings))
	// Output: [80] strconv.Atoi: parsing "wide": invalid syntax
}

func ExampleFlatMap() {
	words := try.FlatMap(slices.Values([]string{"fan out", "", "fold"}), func(line string) (iter.Seq[string], error) {
		if line == "" {
			return nil, errors.New("empty line")
		}
		return strings.FieldsSeq(line), nil
	})
	for word, err := range words {
		fmt.Println(word, err)
	}
	// Output:
	// fan <nil>
	// out <nil>
	//  empty line
	// fold <nil>
}

func ExampleTakeWhile() {
	fmt.Println(try.Collect(try.TakeWhile(strings.FieldsSeq("1 2 -3 4"), positive)))
	// Output: [1 2] <nil>
}

func ExampleDropWhile() {
	fmt.Println(try.Collect(try.DropWhile(strings.FieldsSeq("1 2 -3 4"), positive)))
	// Output: [-3 4] <nil>
}

func ExampleDistinctBy() {
	fmt.Println(try.Collect(try.DistinctBy(strings.FieldsSeq("1 2 33 44 5"), digits)))
	// Output: [1 33] <nil>
}

func ExamplePeek() {
	checked := try.Peek(strings.FieldsSeq("1 2 x"), func(s string) error {
		_, err := positive(s)
		return err
	})
	fmt.Println(try.Collect(checked))
	// Output: [1 2] "x" is no number
}

// addNumber adds the number that s is written as.
func addNumber(sum int, s string) (int, error) {
	i, err := strconv.Atoi(s)
	return sum + i, err
}

func ExampleFold() {
	fmt.Println(try.Fold(strings.FieldsSeq("1 2 3"), 10, addNumber))
	fmt.Println(try.Fold(strings.FieldsSeq("1 x 3"), 10, addNumber))
	// Output:
	// 16 <nil>
	// 11 strconv.Atoi: parsing "x": invalid syntax
}

func ExampleReduce() {
	divide := func(a, b int) (int, error) {
		if b == 0 {
			return 0, errors.New("division by zero")
		}
		return a / b, nil
	}
	fmt.Println(try.Reduce(slices.Values([]int{100, 5, 2}), divide))
	fmt.Println(try.Reduce(slices.Values([]int{100, 5, 0}), divide))
	fmt.Println(try.Reduce(slices.Values([]int{}), divide))
	// Output:
	// 10 <nil>
	// 20 division by zero
	// 0 functional: empty input
}

func ExampleScan() {
	fmt.Println(try.Collect(try.Scan(strings.FieldsSeq("1 2 x"), 10, addNumber)))
	// Output: [10 11 13] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleMap2() {
	sums := try.Map2(slices.Values([]int{1, 2, 3}), strings.FieldsSeq("10 20 x"), addNumber)
	fmt.Println(try.Collect(sums))
	// Output: [11 22] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleAny() {
	fmt.Println(try.Any(strings.FieldsSeq("-1 2 x"), positive))
	// Output: true <nil>
}

func ExampleAll() {
	fmt.Println(try.All(strings.FieldsSeq("1 2 x"), positive))
	// Output: false "x" is no number
}

func ExampleFind() {
	fmt.Println(try.Find(strings.FieldsSeq("-1 2 x"), positive))
	// Output: 2 true <nil>
}

func ExampleGroupBy() {
	fmt.Println(try.GroupBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:[1 3] 2:[22]] <nil>
}

func ExampleCountBy() {
	fmt.Println(try.CountBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:2 2:1] <nil>
}

func ExamplePartition() {
	fmt.Println(try.Partition(strings.FieldsSeq("1 -2 3"), positive))
	// Output: [1 3] [-2] <nil>
}

func ExampleToMap() {
	ages, err := try.ToMap(strings.FieldsSeq("Ada=36 Alan=41"), func(s string) (string, int, error) {
		name, text, _ := strings.Cut(s, "=")
		age, err := strconv.Atoi(text)
		return name, age, err
	})
	fmt.Println(ages, err)
	// Output: map[Ada:36 Alan:41] <nil>
}

func ExampleKeyBy() {
	fmt.Println(try.KeyBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:3 2:22] <nil>
}

func ExampleMinBy() {
	fmt.Println(try.MinBy(strings.FieldsSeq("333 22 55"), digits))
	// Output: 22 <nil>
}

func ExampleMaxBy() {
	fmt.Println(try.MaxBy(strings.FieldsSeq("1 22 33"), digits))
	// Output: 22 <nil>
}

func ExampleSortedBy() {
	fmt.Println(try.SortedBy(strings.FieldsSeq("333 1 22"), digits))
	// Output: [1 22 333] <nil>
}

func ExampleAccumulate() {
	add := func(a, b string) (string, error) {
		i, err := strconv.Atoi(a)
		if err != nil {
			return "", err
		}
		sum, err := addNumber(i, b)
		return strconv.Itoa(sum), err
	}
	fmt.Println(try.Collect(try.Accumulate(strings.FieldsSeq("1 2 x"), add)))
	// Output: [1 3] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleIterate() {
	next := map[string]string{"first page": "second page", "second page": "lost page"}
	pages := try.Iterate("first page", func(page string) (string, error) {
		if next[page] == "" {
			return "", fmt.Errorf("nothing behind the %s", page)
		}
		return next[page], nil
	})
	fmt.Println(try.Collect(pages))
	// Output: [first page second page lost page] nothing behind the lost page
}

func ExampleFromKV() {
	numbers := try.FromKV(slices.All([]string{"10", "20", "x"}), addNumber)
	fmt.Println(try.Collect(numbers))
	// Output: [10 21] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleGroupRuns() {
	for run, err := range try.GroupRuns(strings.FieldsSeq("1 2 x 33 4"), digits) {
		fmt.Println(run.First, run.Second, err)
	}
	// Output:
	// 0 [] "x" is no number
	// 1 [1 2] <nil>
	// 2 [33] <nil>
	// 1 [4] <nil>
}

func ExampleLift() {
	words := []string{"1", "2", "three"}
	fmt.Println(par.Map(context.Background(), words[:2], try.Lift(strconv.Atoi)))
	// Output: [1 2] <nil>
}
