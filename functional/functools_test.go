package functional_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

// The functions of this file are not commutative, so that an exchanged argument
// or order shows.
func minus(a, b int) int { return a - b }
func twice(a int) int    { return 2 * a }
func plus1(a int) int    { return a + 1 }

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
		ctx1 func(context.Context, int) (int, error)
		ctx0 func(context.Context) (int, error)
	)
	for want, call := range map[string]func(){
		"functional: Not of a nil function":     func() { functional.Not(pred) },
		"functional: Partial of a nil function": func() { functional.Partial(two, 1) },
		"functional: Memoize of a nil function": func() { functional.Memoize(ctx1) },
		"functional: Once of a nil function":    func() { functional.Once(ctx0) },
	} {
		require.PanicsWithValue(t, want, call)
	}
	require.PanicsWithValue(t, "functional: Compose of a nil function", func() { functional.Compose(one, plus1) })
	require.PanicsWithValue(t, "functional: Compose of a nil function", func() { functional.Compose(plus1, one) })
}
