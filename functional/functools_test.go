package functional_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
)

// The functions of this file are not commutative, so that an exchanged argument
// or order shows.
func minus(a, b int) int { return a - b }
func twice(a int) int    { return 2 * a }
func plus1(a int) int    { return a + 1 }

func join3(a string, b int, c bool) string {
	if c {
		return a + strings.Repeat("!", b)
	}
	return a
}

func TestFunctions(t *testing.T) {
	require.Equal(t, "a", functional.Identity("a"))
	require.Equal(t, 1, functional.Const[string](1)("ignored"))
	require.Equal(t, 3, functional.Flip(minus)(2, 5))
	require.Equal(t, 7, functional.Flip(functional.Flip(minus))(10, 3))
	require.Equal(t, 7, functional.Partial(minus, 10)(3))
	require.Equal(t, -7, functional.Partial(functional.Flip(minus), 10)(3))
	require.Equal(t, "a!!", functional.Partial3(join3, "a")(2, true))

	odd := func(a int) bool { return a%2 == 1 }
	require.Equal(t, []int{2, 4}, functional.FilterSlice([]int{1, 2, 3, 4}, functional.Not(odd)))

	require.Equal(t, 8, functional.Compose(twice, plus1)(3))
	require.Equal(t, 8, functional.Pipe2(3, plus1, twice))
	require.Equal(t, "3", functional.Pipe2(3, func(int) string { return "3" }, functional.Identity))
	require.Equal(t, 9, functional.Pipe3(3, plus1, twice, plus1))
	require.Equal(t, 18, functional.Pipe4(3, plus1, twice, plus1, twice))
}

// Composing is associative, and Identity changes nothing.
func TestComposeLaws(t *testing.T) {
	f, g, h := plus1, twice, functional.Partial(minus, 10)
	for a := range 10 {
		left := functional.Compose(functional.Compose(h, g), f)
		right := functional.Compose(h, functional.Compose(g, f))
		require.Equal(t, left(a), right(a))
		require.Equal(t, functional.Pipe3(a, f, g, h), left(a))
		require.Equal(t, f(a), functional.Compose(functional.Identity, f)(a))
		require.Equal(t, f(a), functional.Compose(f, functional.Identity)(a))
	}
}

func TestPartialContext(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 100)
	failed := errors.New("failed")
	f := functional.PartialContext(func(ctx context.Context, a, b int) (int, error) {
		if b < 0 {
			return 0, failed
		}
		return ctx.Value(key{}).(int) + 10*a + b, nil
	}, 2)
	got, err := f(ctx, 3)
	require.NoError(t, err)
	require.Equal(t, 123, got)
	_, err = f(ctx, -1)
	require.Equal(t, failed, err)
}

func TestComposeContext(t *testing.T) {
	type key struct{}
	ctx := context.WithValue(t.Context(), key{}, 1)
	errF, errG := errors.New("f"), errors.New("g")
	called := 0
	f := func(ctx context.Context, a int) (int, error) {
		if a == 0 {
			return 99, errF
		}
		return a + ctx.Value(key{}).(int), nil
	}
	g := func(ctx context.Context, b int) (string, error) {
		called++
		if b == 2 {
			return "half", errG
		}
		return strings.Repeat("x", b*ctx.Value(key{}).(int)), nil
	}
	for _, c := range []struct {
		a      int
		want   string
		err    error
		called int
	}{
		{2, "xxx", nil, 1},
		{1, "half", errG, 1},
		{0, "", errF, 0},
	} {
		called = 0
		got, err := functional.ComposeContext(g, f)(ctx, c.a)
		require.Equal(t, c.want, got)
		require.Equal(t, c.err, err)
		require.Equal(t, c.called, called)
	}
}

func TestFunctionsMisuse(t *testing.T) {
	var (
		one   func(int) int
		two   func(int, int) int
		three func(int, int, int) int
		pred  func(int) bool
		ctx1  func(context.Context, int) (int, error)
		ctx2  func(context.Context, int, int) (int, error)
		ctx0  func(context.Context) (int, error)
	)
	ok := functional.Lift(plus1)
	for want, call := range map[string]func(){
		"functional: Flip of a nil function":           func() { functional.Flip(two) },
		"functional: Not of a nil function":            func() { functional.Not(pred) },
		"functional: Partial of a nil function":        func() { functional.Partial(two, 1) },
		"functional: Partial3 of a nil function":       func() { functional.Partial3(three, 1) },
		"functional: PartialContext of a nil function": func() { functional.PartialContext(ctx2, 1) },
		"functional: Memoize of a nil function":        func() { functional.Memoize(ctx1) },
		"functional: Once of a nil function":           func() { functional.Once(ctx0) },
	} {
		require.PanicsWithValue(t, want, call)
	}
	require.PanicsWithValue(t, "functional: Compose of a nil function", func() { functional.Compose(one, plus1) })
	require.PanicsWithValue(t, "functional: Compose of a nil function", func() { functional.Compose(plus1, one) })
	require.PanicsWithValue(t, "functional: ComposeContext of a nil function", func() { functional.ComposeContext(ctx1, ok) })
	require.PanicsWithValue(t, "functional: ComposeContext of a nil function", func() { functional.ComposeContext(ok, ctx1) })
}
