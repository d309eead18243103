package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/page"
	"github.com/fanfold/fanfold/benchmarks/report/sample"
	"github.com/fanfold/fanfold/benchmarks/report/suite"
	"github.com/fanfold/fanfold/internal/leak"
)

func TestMain(m *testing.M) {
	if log := os.Getenv(fakeLog); log != "" {
		os.Exit(fakeBenchmarks(log))
	}
	os.Exit(leak.Run(m.Run))
}

func TestChoose(t *testing.T) {
	all, err := choose("")
	require.NoError(t, err)
	assert.Len(t, all, len(suite.All))
	one, err := choose("wordcount")
	require.NoError(t, err)
	require.Len(t, one, 1)
	assert.Equal(t, "wordcount", one[0].Pkg)
	_, err = choose("word")
	require.ErrorContains(t, err, `-pkg "word": there is only functional, `)
}

func TestPrintMarks(t *testing.T) {
	s := page.Section{
		Suite: suite.Suite{Marks: []suite.Mark{
			{Name: "fast", Of: "X/impl=fanfold", Over: "loop", Op: suite.AtLeast, Target: 1.5},
			{Name: "short", Of: "X/impl=fanfold", Unit: "ns/op", Per: 1, Op: suite.AtMost, Target: 50},
		}},
		Results: &sample.Results{Rounds: 10, Cases: []sample.Case{
			{Name: "X/impl=fanfold", Samples: map[string][]float64{"ns/op": slices.Repeat([]float64{100}, 10)}},
			{Name: "X/impl=loop", Samples: map[string][]float64{"ns/op": slices.Repeat([]float64{200}, 10)}},
		}},
	}
	var b bytes.Buffer
	printMarks(&b, s)
	assert.Equal(t, "mark fast 2.00 >= 1.50 ok\nmark short 100 <= 50.0 MISS\n", b.String())
}

func TestMeasured(t *testing.T) {
	there := suite.Mark{Name: "there", Of: "X/impl=fanfold", Unit: "ns/op", Per: 1}
	absent := suite.Mark{Name: "absent", Of: "Y/impl=fanfold", Unit: "ns/op", Per: 1}
	s := suite.Suite{Pkg: "x", Marks: []suite.Mark{absent, there}, Costs: []suite.Mark{absent, there}, Charts: []suite.Chart{{}}}
	got := measured(s, &sample.Results{Rounds: 1, Cases: []sample.Case{{Name: "X/impl=fanfold", Samples: map[string][]float64{"ns/op": {1}}}}})
	assert.Equal(t, suite.Suite{Pkg: "x", Marks: []suite.Mark{there}, Costs: []suite.Mark{there}}, got)
	assert.Len(t, s.Marks, 2, "the suite itself stays as it is")
}

// What was measured makes pages, whose prose stays.
func TestLoadAndRender(t *testing.T) {
	dir := t.TempDir()
	s := suite.All[0]
	r := &sample.Results{Package: s.Pkg, Commit: "abc", Rounds: 1, Cases: []sample.Case{
		{Name: "Spawn/impl=fanfold", Samples: map[string][]float64{"ns/op": {1}}},
	}}
	require.NoError(t, r.Save(samples(dir, s)))
	file := filepath.Join(dir, "results", s.File()+".md")
	require.NoError(t, os.WriteFile(file, []byte("# By hand\n"), 0o644))

	sections, err := load(dir)
	require.NoError(t, err)
	require.Len(t, sections, 1, "the suites that were measured")
	for range 2 {
		require.NoError(t, render(dir, sections))
	}
	front, err := os.ReadFile(filepath.Join(dir, "README.md"))
	require.NoError(t, err)
	assert.Regexp(t, `(?s)^# Benchmarks\n.*\[`+s.Pkg+`\]\(results/`+s.File()+`\.md\)`, string(front))
	detail, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Regexp(t, `(?s)^# By hand\n.*commit abc.*Spawn`, string(detail))
	assert.Equal(t, 1, bytes.Count(detail, []byte("## Every case")))

	require.NoError(t, os.WriteFile(samples(dir, s), []byte("{"), 0o644))
	_, err = load(dir)
	require.ErrorContains(t, err, samples(dir, s))
}

// The pages that lie in the tree are those of the results that lie there.
func TestPagesAreRendered(t *testing.T) {
	sections, err := load("..")
	require.NoError(t, err)
	check := func(file, generated string) {
		t.Run(file, func(t *testing.T) {
			old, err := os.ReadFile(filepath.Join("..", file))
			require.NoError(t, err)
			again := string(page.Splice(old, "", generated))
			assert.True(t, string(old) == again, "go -C benchmarks run ./report -rounds 0 changes it")
		})
	}
	for _, s := range sections {
		check("results/"+s.File()+".md", page.Detail(s))
	}
	check("README.md", page.Front(sections))
}
