package functional_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
)

// The functions of this file are not commutative, so that an exchanged argument
// or order shows.
func minus(a, b int) int { return a - b }

func twice(a int) int { return 2 * a }

func plus1(a int) int { return a + 1 }

func TestFunctions(t *testing.T) {
	require.Equal(t, 7, functional.Partial(minus, 10)(3))
	odd := func(a int) bool { return a%2 == 1 }
	require.Equal(t, []int{2, 4}, functional.FilterSlice([]int{1, 2, 3, 4}, functional.Not(odd)))
	require.Equal(t, 8, functional.Compose(twice, plus1)(3))
}

// Composing is associative.
func TestComposeLaws(t *testing.T) {
	f, g, h := plus1, twice, functional.Partial(minus, 10)
	for a := range 10 {
		left := functional.Compose(functional.Compose(h, g), f)
		right := functional.Compose(h, functional.Compose(g, f))
		require.Equal(t, left(a), right(a))
		require.Equal(t, h(g(f(a))), left(a))
	}
}

func TestFunctionsMisuse(t *testing.T) {
	var (
		one  func(int) int
		two  func(int, int) int
		pred func(int) bool
	)
	laws.Misuse(t, "functional", map[string]func(){
		"Not":            func() { functional.Not(pred) },
		"Partial":        func() { functional.Partial(two, 1) },
		"Compose first":  func() { functional.Compose(one, plus1) },
		"Compose second": func() { functional.Compose(plus1, one) },
	})
}
