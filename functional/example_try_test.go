package functional_test

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

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
	seq := functional.Indexed(functional.TryMap(strings.FieldsSeq("1 22 three"), digits))
	_, err := functional.TryCollect(seq)
	fmt.Println(err)
	var at *functional.IndexError
	fmt.Println(errors.As(err, &at) && at.Index == 2)
	// Output:
	// element 2: "three" is no number
	// true
}

func ExampleSkip() {
	seq := functional.TryMap(strings.FieldsSeq("1 22 three 4444"), digits)
	for n := range functional.Skip(seq, func(err error) { fmt.Println("skipped:", err) }) {
		fmt.Println(n)
	}
	// Output:
	// 1
	// 2
	// skipped: "three" is no number
	// 4
}

func ExampleTryFilter() {
	fmt.Println(functional.TryCollect(functional.TryFilter(strings.FieldsSeq("1 -2 3"), positive)))
	fmt.Println(functional.TryCollect(functional.TryFilter(strings.FieldsSeq("1 -2 x"), positive)))
	// Output:
	// [1 3] <nil>
	// [1] "x" is no number
}

func ExampleTryFilterMap() {
	settings := functional.TryFilterMap(slices.Values([]string{"# sizes", "80", "wide"}), func(line string) (int, bool, error) {
		if strings.HasPrefix(line, "#") {
			return 0, false, nil
		}
		n, err := strconv.Atoi(line)
		return n, true, err
	})
	fmt.Println(functional.TryCollect(settings))
	// Output: [80] strconv.Atoi: parsing "wide": invalid syntax
}

func ExampleTryFlatMap() {
	words := functional.TryFlatMap(slices.Values([]string{"fan out", "", "fold"}), func(line string) (iter.Seq[string], error) {
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

func ExampleTryTakeWhile() {
	fmt.Println(functional.TryCollect(functional.TryTakeWhile(strings.FieldsSeq("1 2 -3 4"), positive)))
	// Output: [1 2] <nil>
}

func ExampleTryDropWhile() {
	fmt.Println(functional.TryCollect(functional.TryDropWhile(strings.FieldsSeq("1 2 -3 4"), positive)))
	// Output: [-3 4] <nil>
}

func ExampleTryDistinctBy() {
	fmt.Println(functional.TryCollect(functional.TryDistinctBy(strings.FieldsSeq("1 2 33 44 5"), digits)))
	// Output: [1 33] <nil>
}

func ExampleTryPeek() {
	checked := functional.TryPeek(strings.FieldsSeq("1 2 x"), func(s string) error {
		_, err := positive(s)
		return err
	})
	fmt.Println(functional.TryCollect(checked))
	// Output: [1 2] "x" is no number
}

// addNumber adds the number that s is written as.
func addNumber(sum int, s string) (int, error) {
	i, err := strconv.Atoi(s)
	return sum + i, err
}

func ExampleTryFold() {
	fmt.Println(functional.TryFold(strings.FieldsSeq("1 2 3"), 10, addNumber))
	fmt.Println(functional.TryFold(strings.FieldsSeq("1 x 3"), 10, addNumber))
	// Output:
	// 16 <nil>
	// 11 strconv.Atoi: parsing "x": invalid syntax
}

func ExampleTryReduce() {
	divide := func(a, b int) (int, error) {
		if b == 0 {
			return 0, errors.New("division by zero")
		}
		return a / b, nil
	}
	fmt.Println(functional.TryReduce(slices.Values([]int{100, 5, 2}), divide))
	fmt.Println(functional.TryReduce(slices.Values([]int{100, 5, 0}), divide))
	fmt.Println(functional.TryReduce(slices.Values([]int{}), divide))
	// Output:
	// 10 <nil>
	// 20 division by zero
	// 0 functional: empty input
}

func ExampleTryScan() {
	fmt.Println(functional.TryCollect(functional.TryScan(strings.FieldsSeq("1 2 x"), 10, addNumber)))
	// Output: [10 11 13] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleTryMap2() {
	sums := functional.TryMap2(slices.Values([]int{1, 2, 3}), strings.FieldsSeq("10 20 x"), addNumber)
	fmt.Println(functional.TryCollect(sums))
	// Output: [11 22] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleTryAny() {
	fmt.Println(functional.TryAny(strings.FieldsSeq("-1 2 x"), positive))
	// Output: true <nil>
}

func ExampleTryAll() {
	fmt.Println(functional.TryAll(strings.FieldsSeq("1 2 x"), positive))
	// Output: false "x" is no number
}

func ExampleTryFind() {
	fmt.Println(functional.TryFind(strings.FieldsSeq("-1 2 x"), positive))
	// Output: 2 true <nil>
}

func ExampleTryGroupBy() {
	fmt.Println(functional.TryGroupBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:[1 3] 2:[22]] <nil>
}

func ExampleTryCountBy() {
	fmt.Println(functional.TryCountBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:2 2:1] <nil>
}

func ExampleTryPartition() {
	fmt.Println(functional.TryPartition(strings.FieldsSeq("1 -2 3"), positive))
	// Output: [1 3] [-2] <nil>
}

func ExampleTryToMap() {
	ages, err := functional.TryToMap(strings.FieldsSeq("Ada=36 Alan=41"), func(s string) (string, int, error) {
		name, text, _ := strings.Cut(s, "=")
		age, err := strconv.Atoi(text)
		return name, age, err
	})
	fmt.Println(ages, err)
	// Output: map[Ada:36 Alan:41] <nil>
}

func ExampleTryKeyBy() {
	fmt.Println(functional.TryKeyBy(strings.FieldsSeq("1 22 3"), digits))
	// Output: map[1:3 2:22] <nil>
}

func ExampleTryMinBy() {
	fmt.Println(functional.TryMinBy(strings.FieldsSeq("333 22 55"), digits))
	// Output: 22 <nil>
}

func ExampleTryMaxBy() {
	fmt.Println(functional.TryMaxBy(strings.FieldsSeq("1 22 33"), digits))
	// Output: 22 <nil>
}

func ExampleTrySortedBy() {
	fmt.Println(functional.TrySortedBy(strings.FieldsSeq("333 1 22"), digits))
	// Output: [1 22 333] <nil>
}

func ExampleTryAccumulate() {
	add := func(a, b string) (string, error) {
		i, err := strconv.Atoi(a)
		if err != nil {
			return "", err
		}
		sum, err := addNumber(i, b)
		return strconv.Itoa(sum), err
	}
	fmt.Println(functional.TryCollect(functional.TryAccumulate(strings.FieldsSeq("1 2 x"), add)))
	// Output: [1 3] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleTryIterate() {
	next := map[string]string{"first page": "second page", "second page": "lost page"}
	pages := functional.TryIterate("first page", func(page string) (string, error) {
		if next[page] == "" {
			return "", fmt.Errorf("nothing behind the %s", page)
		}
		return next[page], nil
	})
	fmt.Println(functional.TryCollect(pages))
	// Output: [first page second page lost page] nothing behind the lost page
}

func ExampleTryFromKV() {
	numbers := functional.TryFromKV(slices.All([]string{"10", "20", "x"}), addNumber)
	fmt.Println(functional.TryCollect(numbers))
	// Output: [10 21] strconv.Atoi: parsing "x": invalid syntax
}

func ExampleTryGroupRuns() {
	for run, err := range functional.TryGroupRuns(strings.FieldsSeq("1 2 x 33 4"), digits) {
		fmt.Println(run.First, run.Second, err)
	}
	// Output:
	// 0 [] "x" is no number
	// 1 [1 2] <nil>
	// 2 [33] <nil>
	// 1 [4] <nil>
}
