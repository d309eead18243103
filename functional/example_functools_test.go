package functional_test

import (
	"fmt"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

func ExampleNot() {
	comment := func(line string) bool { return strings.HasPrefix(line, "#") }
	lines := []string{"# hosts", "127.0.0.1 localhost"}
	fmt.Println(functional.FilterSlice(lines, functional.Not(comment)))
	// Output: [127.0.0.1 localhost]
}

func ExamplePartial() {
	double := functional.Partial(func(a, b int) int { return a * b }, 2)
	fmt.Println(functional.MapSlice([]int{1, 2, 3}, double))
	// Output: [2 4 6]
}

func ExampleCompose() {
	shout := functional.Compose(strings.ToUpper, strings.TrimSpace)
	fmt.Println(functional.MapSlice([]string{" fan ", "out"}, shout))
	// Output: [FAN OUT]
}
