package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// problems returns the lines for a package of one file, whose imports and
// package clause are put before src on its first line.
func problems(t *testing.T, src string) []string {
	t.Helper()
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "x_test.go", head+src, parser.ParseComments|parser.SkipObjectResolution)
	require.NoError(t, err)
	return lines("", fset, checkPackage([]*ast.File{f}))
}

const head = `package x; import ("testing"; "testing/synctest"; "example/assert"; "example/require"; "example/behave"; "example/try");`

func TestElsewhere(t *testing.T) {
	for name, c := range map[string]struct {
		body string
		want []string // the calls that are reported
	}{
		"in the test":                     {`require.NoError(t, err); t.Fatal(err)`, nil},
		"require in a go statement":       {`go func() { require.NoError(t, err) }()`, []string{"require.NoError"}},
		"assert in a go statement":        {`go func() { assert.NoError(t, err) }()`, nil},
		"Error in a go statement":         {`go func() { t.Error(err) }()`, nil},
		"Fatal":                           {`go func() { t.Fatal(err) }()`, []string{"t.Fatal"}},
		"Fatalf, FailNow":                 {`go func() { t.Fatalf(""); t.FailNow() }()`, []string{"t.Fatalf", "t.FailNow"}},
		"Skip":                            {`go func() { t.Skip(); t.Skipf(""); t.SkipNow() }()`, []string{"t.Skip", "t.Skipf", "t.SkipNow"}},
		"of a helper's test":              {`go func() { r.t.Fatal(err) }()`, []string{"t.Fatal"}},
		"Skip of a package":               {`go func() { try.Skip(seq) }()`, nil},
		"Fatal of another":                {`go func() { log.Fatal(err) }()`, nil},
		"handed to Go":                    {`wg.Go(func() { require.True(t, ok) })`, []string{"require.True"}},
		"handed to Go of a package":       {`f := concurrent.Go(ctx, func(ctx context.Context) (int, error) { t.FailNow(); return 0, nil })`, []string{"t.FailNow"}},
		"handed to a generic Go":          {`f := concurrent.Go[int](ctx, func() { t.FailNow() })`, []string{"t.FailNow"}},
		"handed to AfterFunc":             {`time.AfterFunc(d, func() { t.FailNow() })`, []string{"t.FailNow"}},
		"handed to another function":      {`do(func() { t.FailNow() })`, nil},
		"deep inside":                     {`go func() { for { if bad { func() { require.Fail(t, "") }() } } }()`, []string{"require.Fail"}},
		"one in another, reported once":   {`go func() { wg.Go(func() { t.FailNow() }) }()`, []string{"t.FailNow"}},
		"after a goroutine":               {`go func() { c <- f() }(); require.NoError(t, <-c)`, nil},
		"in a test that a goroutine runs": {`go func() { t.Run("x", func(t *testing.T) { require.True(t, ok) }) }()`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			for _, call := range c.want {
				want = append(want, "x_test.go:1: "+call+" in a goroutine that is not the test's")
			}
			assert.Equal(t, want, append([]string(nil), problems(t, "func helper(t *testing.T) { "+c.body+" }")...))
		})
	}
}

func TestSilent(t *testing.T) {
	const silent = "TestX asserts nothing"
	for name, c := range map[string]struct {
		src  string
		want string // or ""
	}{
		"nothing":                          {`func TestX(t *testing.T) { f() }`, silent},
		"only logs":                        {`func TestX(t *testing.T) { t.Log(f()) }`, silent},
		"assert":                           {`func TestX(t *testing.T) { assert.True(t, f()) }`, ""},
		"require":                          {`func TestX(t *testing.T) { require.True(t, f()) }`, ""},
		"Error":                            {`func TestX(t *testing.T) { if !f() { t.Error() } }`, ""},
		"Error of something else":          {`func TestX(t *testing.T) { err.Error() }`, silent},
		"in a sub-test":                    {`func TestX(t *testing.T) { t.Run("", func(t *testing.T) { t.Fail() }) }`, ""},
		"a helper":                         {`func TestX(t *testing.T) { must(t, f()) }; func must(t *testing.T, ok bool) { assert.True(t, ok) }`, ""},
		"a helper's helper":                {`func TestX(t *testing.T) { both(t) }; func both(t *testing.T) { must(t) }; func must(t *testing.T) { t.Fail() }`, ""},
		"a helper that asserts nothing":    {`func TestX(t *testing.T) { ctx := within(t, 5) }; func within(t *testing.T, n int) int { return n }`, silent},
		"a method":                         {`func TestX(t *testing.T) { (&room{t}).has(3) }; func (r *room) has(n int) { assert.Equal(r.t, n, r.n) }`, ""},
		"a function that is handed on":     {`func TestX(t *testing.T) { t.Run("", must) }; func must(t *testing.T) { t.Fail() }`, ""},
		"handed to another package":        {`func TestX(t *testing.T) { behave.Over(t, f) }`, ""},
		"handed to another file":           {`func TestX(t *testing.T) { programs(t) }`, ""},
		"handed to synctest":               {`func TestX(t *testing.T) { synctest.Test(t, func(t *testing.T) { f() }) }`, silent},
		"asserted in synctest":             {`func TestX(t *testing.T) { synctest.Test(t, func(t *testing.T) { assert.True(t, f()) }) }`, ""},
		"a fuzz target":                    {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { parse(b) }) }`, "FuzzX asserts nothing"},
		"a fuzz target that asserts":       {`func FuzzX(f *testing.F) { f.Fuzz(func(t *testing.T, b []byte) { require.True(t, f(b)) }) }`, ""},
		"a benchmark":                      {`func BenchmarkX(b *testing.B) { f() }`, ""},
		"TestMain":                         {`func TestMain(m *testing.M) { m.Run() }`, ""},
		"no test":                          {`func Testify(t *testing.T) { f() }`, ""},
		"an example":                       {"func ExampleX() {\nf()\n// Output: 3\n}", ""},
		"an example without output":        {"func ExampleX() {\nf()\n}", "ExampleX has no output comment"},
		"an example whose output is empty": {"func ExampleX() {\nf()\n// Output:\n}", ""},
		"an example in any order":          {"func ExampleX() {\nf()\n// Unordered output: 3\n}", ""},
	} {
		t.Run(name, func(t *testing.T) {
			got := problems(t, c.src)
			if c.want == "" {
				assert.Empty(t, got)
			} else {
				assert.Equal(t, []string{"x_test.go:1: " + c.want}, got)
			}
		})
	}
}

// Files are found in all folders but those that go test leaves out.
func TestCheck(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"a/a_test.go", "a/b_test.go", "a/nested/go.mod", "a/nested/c_test.go", "a/other.go", "a/testdata/x_test.go", ".git/x_test.go", "vendor/x_test.go"} {
		name = filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o777))
		require.NoError(t, os.WriteFile(name, []byte("package x\n\nfunc TestX(t *testing.T) { f() }\n"), 0o666))
	}
	// A helper that asserts helps all files of its folder, and no other.
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a/b_test.go"), []byte("package x\n\nfunc f() { t.Fail() }\n"), 0o666))
	checked, found, err := check(dir)
	require.NoError(t, err)
	assert.Equal(t, 3, checked)
	assert.Equal(t, []string{"a/nested/c_test.go:3: TestX asserts nothing"}, found)

	_, _, err = check(filepath.Join(dir, "absent"))
	assert.ErrorIs(t, err, os.ErrNotExist)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a/b_test.go"), []byte("no Go"), 0o666))
	_, _, err = check(dir)
	assert.ErrorContains(t, err, "b_test.go:1:1")
}
