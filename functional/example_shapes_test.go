package functional_test

import (
	"fmt"
	"iter"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func ExampleRange() {
	fmt.Println(slices.Collect(functional.Range(0, 10, 3)))
	fmt.Println(slices.Collect(functional.Range(3, 0, -1)))
	// Output:
	// [0 3 6 9]
	// [3 2 1]
}

func ExampleRepeat() {
	fmt.Println(slices.Collect(functional.Take(functional.Repeat("fan"), 3)))
	// Output: [fan fan fan]
}

func ExampleIterate() {
	powers := functional.Iterate(1, func(i int) int { return 2 * i })
	fmt.Println(slices.Collect(functional.Take(powers, 6)))
	// Output: [1 2 4 8 16 32]
}

func ExampleCycle() {
	colors := functional.Cycle(slices.Values([]string{"red", "green"}))
	fmt.Println(slices.Collect(functional.Take(colors, 5)))
	// Output: [red green red green red]
}

func ExampleDrop() {
	fmt.Println(slices.Collect(functional.Drop(strings.FieldsSeq("header one two"), 1)))
	// Output: [one two]
}

func ExampleTakeWhile() {
	powers := functional.Iterate(1, func(i int) int { return 3 * i })
	fmt.Println(slices.Collect(functional.TakeWhile(powers, func(i int) bool { return i < 100 })))
	// Output: [1 3 9 27 81]
}

func ExampleDropWhile() {
	lines := slices.Values([]string{"# a comment", "# another", "data", "# not a comment"})
	isComment := func(s string) bool { return strings.HasPrefix(s, "#") }
	fmt.Printf("%q\n", slices.Collect(functional.DropWhile(lines, isComment)))
	// Output: ["data" "# not a comment"]
}

func ExampleStepBy() {
	fmt.Println(slices.Collect(functional.StepBy(functional.Range(0, 10, 1), 4)))
	// Output: [0 4 8]
}

func ExampleScan() {
	payments := slices.Values([]int{-30, 20, -5})
	balances := functional.Scan(payments, 100, func(balance, payment int) int { return balance + payment })
	fmt.Println(slices.Collect(balances))
	// Output: [100 70 90 85]
}

func ExampleAccumulate() {
	temperatures := slices.Values([]int{3, 1, 4, 1, 5, 9, 2})
	records := functional.Accumulate(temperatures, func(a, b int) int { return max(a, b) })
	fmt.Println(slices.Collect(records))
	// Output: [3 3 4 4 5 9 9]
}

func ExampleFilterMap() {
	ages := map[string]int{"Ada": 36, "Alan": 41}
	known := functional.FilterMap(strings.FieldsSeq("Ada Kurt Alan"), func(name string) (int, bool) {
		age, ok := ages[name]
		return age, ok
	})
	fmt.Println(slices.Collect(known))
	// Output: [36 41]
}

func ExampleFilterMapSlice() {
	numbers := functional.FilterMapSlice([]string{"1", "two", "3"}, func(s string) (int, bool) {
		i, err := strconv.Atoi(s)
		return i, err == nil
	})
	fmt.Println(numbers)
	// Output: [1 3]
}

func ExampleFlatten() {
	lines := slices.Values([]iter.Seq[string]{strings.FieldsSeq("to be or"), strings.FieldsSeq("not to be")})
	fmt.Println(slices.Collect(functional.Flatten(lines)))
	// Output: [to be or not to be]
}

func ExampleFlattenSlices() {
	rows := slices.Values([][]int{{1, 2}, {}, {3}})
	fmt.Println(slices.Collect(functional.FlattenSlices(rows)))
	// Output: [1 2 3]
}

func ExamplePeek() {
	read := 0
	lines := functional.Peek(strings.Lines("a\nb\nc\n"), func(line string) { read += len(line) })
	for line := range lines {
		fmt.Printf("%q, %d bytes so far\n", line, read)
	}
	// Output:
	// "a\n", 2 bytes so far
	// "b\n", 4 bytes so far
	// "c\n", 6 bytes so far
}

func ExampleEnumerate() {
	for i, word := range functional.Enumerate(strings.FieldsSeq("fan out fold")) {
		fmt.Println(i, word)
	}
	// Output:
	// 0 fan
	// 1 out
	// 2 fold
}

func ExampleMapKV() {
	lengths := map[string]int{"fan": 3, "fold": 4}
	fmt.Println(maps.Collect(functional.MapKV(maps.All(lengths), func(word string, n int) (int, string) { return n, word })))
	// Output: map[3:fan 4:fold]
}

func ExampleFilterKV() {
	ages := map[string]int{"Ada": 36, "Alan": 41, "Kurt": 71}
	fmt.Println(maps.Collect(functional.FilterKV(maps.All(ages), func(_ string, age int) bool { return age < 50 })))
	// Output: map[Ada:36 Alan:41]
}

func ExampleToKV() {
	settings := functional.ToKV(strings.FieldsSeq("width=80 color=red"), func(s string) (string, string) {
		name, value, _ := strings.Cut(s, "=")
		return name, value
	})
	fmt.Println(maps.Collect(settings))
	// Output: map[color:red width:80]
}

func ExampleFromKV() {
	lines := functional.FromKV(slices.All([]string{"fan", "fold"}), func(i int, word string) string {
		return fmt.Sprintf("%d. %s", i+1, word)
	})
	fmt.Println(slices.Collect(lines))
	// Output: [1. fan 2. fold]
}

func ExampleKeys() {
	words := slices.Values([]string{"fan", "fold"})
	fmt.Println(slices.Collect(functional.Keys(functional.Enumerate(words))))
	// Output: [0 1]
}

func ExampleValues() {
	fmt.Println(slices.Collect(functional.Values(slices.Backward([]int{1, 2, 3}))))
	// Output: [3 2 1]
}
