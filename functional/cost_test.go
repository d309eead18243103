package functional_test

import (
	"os"
	"os/exec"
	"regexp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/functional"
	"github.com/fanfold/fanfold/functional/internal/laws"
	"github.com/fanfold/fanfold/internal/effort"
)

// What a chain of operators costs is decided by the compiler: as soon as one of
// them is too large to be inlined, every element pays for calls. The program in
// testdata uses each operator that is small enough, those of package try too.
func TestInlining(t *testing.T) {
	if testing.Short() {
		t.Skip("runs the compiler")
	}
	const program = "./testdata/inline"
	source, err := os.ReadFile(program + "/main.go")
	require.NoError(t, err)
	said, err := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-m", "-o", os.DevNull, program).CombinedOutput()
	require.NoError(t, err, "%s", said)

	names := func(text []byte, pattern string) map[string]bool {
		found := map[string]bool{}
		for _, match := range regexp.MustCompile(pattern).FindAllSubmatch(text, -1) {
			found[string(match[1])] = true
		}
		return found
	}
	used := names(source, `((?:functional|try)\.[A-Z]\w*)`)
	require.Greater(t, len(used), 40)
	inlined := names(said, `inlining call to ((?:functional|try)\.[A-Z]\w*)`)
	for name := range used {
		require.True(t, inlined[name], "%s is not inlined", name)
	}
}

// Short chains are loops: they allocate nothing.
func TestChainsDoNotAllocate(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	s := laws.Numbers(1000)
	add := func(a, b int) int { return a + b }
	sink := 0
	for name, chain := range map[string]func(){
		"Filter, Map, Fold": func() {
			sink += functional.Fold(functional.Map(functional.Filter(slices.Values(s), laws.Odd), func(i int) int { return 3 * i }), 0, add)
		},
		"Range, Take, Sum":    func() { sink += functional.Sum(functional.Take(functional.Range(0, 1000, 1), 500)) },
		"Drop, StepBy, Count": func() { sink += functional.Count(functional.StepBy(functional.Drop(slices.Values(s), 5), 3)) },
		"TakeWhile, Scan, Last": func() {
			v, _ := functional.Last(functional.Scan(functional.TakeWhile(slices.Values(s), laws.Below4), 0, add))
			sink += v
		},
		"Enumerate, FromKV, Sum": func() {
			sink += functional.Sum(functional.FromKV(functional.Enumerate(slices.Values(s)), func(i, v int) int { return i * v }))
		},
		"Peek, Find": func() {
			v, _ := functional.Find(functional.Peek(slices.Values(s), func(i int) { sink += i }), laws.IsSeven)
			sink += v
		},
		"Map, MaxBy":             func() { v, _ := functional.MaxBy(functional.Map(slices.Values(s), laws.Same), laws.Same); sink += v },
		"Pairwise, FromKV, Prod": func() { sink += functional.Prod(functional.FromKV(functional.Pairwise(slices.Values(s)), laws.Mix)) },
	} {
		require.Zero(t, testing.AllocsPerRun(10, chain), name)
	}
	require.NotZero(t, sink)
}

// The slice operators make the one allocation that their documentation says.
func TestSliceOperatorsAllocateOnce(t *testing.T) {
	if effort.Race {
		t.Skip("the race detector allocates")
	}
	s := laws.Numbers(1000)
	for name, call := range map[string]func(){
		"MapSlice":       func() { functional.MapSlice(s, laws.Same) },
		"FilterSlice":    func() { functional.FilterSlice(s, laws.Odd) },
		"FilterMapSlice": func() { functional.FilterMapSlice(s, func(i int) (int, bool) { return i, laws.Odd(i) }) },
		"Map2Slice":      func() { functional.Map2Slice(s, s, laws.Mix) },
	} {
		require.LessOrEqual(t, testing.AllocsPerRun(10, call), 1.0, name)
	}
}
