package suite

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// folder is that of the benchmarks.
const folder = "../.."

// TestAll checks what a typing mistake in a table of marks would break.
func TestAll(t *testing.T) {
	packages, charts := map[string]bool{}, map[string]bool{}
	for _, s := range All {
		assert.False(t, packages[s.Pkg], "two suites of %s", s.Pkg)
		packages[s.Pkg] = true
		assert.DirExists(t, filepath.Join(folder, s.Pkg))
		for _, sc := range s.Scripts {
			assert.FileExists(t, filepath.Join(folder, s.Pkg, sc.File))
		}
		for _, c := range s.Charts {
			assert.False(t, charts[c.Name], "two charts named %s", c.Name)
			charts[c.Name] = true
			assert.NotEmpty(t, c.Title)
		}
		names := map[string]bool{}
		for _, m := range s.Marks {
			t.Run(s.Pkg+"/"+m.Name, func(t *testing.T) {
				valid(t, m, names)
				assert.GreaterOrEqual(t, m.Target, 0.0)
				assert.Empty(t, m.Note, "a mark says all that it has to say")
			})
		}
		for _, c := range s.Costs {
			t.Run(s.Pkg+"/"+c.Name, func(t *testing.T) {
				valid(t, c, names)
				assert.Zero(t, c.Target, "a cost has no target")
				assert.NotEmpty(t, c.Note)
			})
		}
	}
}

func valid(t *testing.T, m Mark, names map[string]bool) {
	assert.False(t, names[m.Name], "two of that name")
	names[m.Name] = true
	assert.NotContains(t, m.Name, " ", "the lines of marks are split at spaces")
	assert.True(t, sample.MustParseName(m.Of).Ours(), "a promise about %s", m.Of)
	assert.Contains(t, []Op{AtLeast, AtMost}, m.Op)
	assert.Equal(t, m.Over == "", m.Per > 0, "a value is a ratio or a number of something")
	assert.True(t, m.Over != "" || m.Unit != "", "a number of what?")
}

// Reasons stand in tables, and on a page that is read at a sitting.
func TestReasons(t *testing.T) {
	for _, s := range All {
		for key, reason := range s.Why {
			assert.NotContains(t, reason, "|", key)
			assert.LessOrEqual(t, len(strings.Fields(string(reason))), 20, "%s: %s", key, reason)
			assert.NotEqual(t, unexplained, reason, key)
		}
	}
	s := Suite{Why: map[string]Reason{"X": spins, "X/than=z": perItem, "X/impl=a": stream}}
	assert.Equal(t, stream, s.Explain(sample.Name{Table: "X", Impl: "a"}, "z"))
	assert.Equal(t, perItem, s.Explain(sample.Name{Table: "X", Impl: "b", Block: "n=1"}, "z"))
	assert.Equal(t, spins, s.Explain(sample.Name{Table: "X", Impl: "b", Block: "n=1"}, "y"))
	assert.Equal(t, unexplained, s.Explain(sample.Name{Table: "X/n=1", Impl: "a"}, "z"))
}

// TestMeasured checks that the cases of which marks, charts and reasons speak
// were measured. What no benchmark had when the results were taken may be missing
// until the suite is measured again, but the benchmark has to be there. So may the
// results of a suite that was never measured on a quiet machine.
func TestMeasured(t *testing.T) {
	for _, s := range All {
		t.Run(s.Pkg, func(t *testing.T) {
			r, err := sample.Load(filepath.Join(folder, "results", s.File()+".json"))
			if errors.Is(err, fs.ErrNotExist) {
				r, err = new(sample.Results), nil
			}
			require.NoError(t, err)
			var tables []string
			for _, c := range r.Cases {
				tables = append(tables, sample.MustParseName(c.Name).Table)
			}
			for _, m := range slices.Concat(s.Marks, s.Costs) {
				if len(m.Values(r)) == 0 {
					assert.Contains(t, sources(t, s), "func Benchmark"+sample.MustParseName(m.Of).Benchmark()+"(", "mark %s: %s or what it is compared with was not measured", m.Name, m.Of)
				}
			}
			for key := range s.Why {
				table, _, _ := strings.Cut(key, "/impl=")
				table, _, _ = strings.Cut(table, "/than=")
				assert.Contains(t, tables, table, "a reason for what was not measured")
			}
			for _, c := range s.Charts {
				assert.Subset(t, tables, c.Tables, "chart %s", c.Name)
			}
			for benchmark := range s.Baselines {
				assert.Contains(t, sources(t, s), "func Benchmark"+benchmark+"(", "a baseline for what is not measured")
			}
		})
	}
}

// sources returns the source of a suite's benchmarks.
func sources(t *testing.T, s Suite) string {
	files, err := filepath.Glob(filepath.Join(folder, s.Pkg, "*_test.go"))
	require.NoError(t, err)
	var all strings.Builder
	for _, f := range files {
		b, err := os.ReadFile(f)
		require.NoError(t, err)
		all.Write(b)
	}
	return all.String()
}

func TestBaseline(t *testing.T) {
	s := Suite{Baselines: map[string]string{"Map": "loop"}}
	assert.Equal(t, "loop", s.Baseline(sample.Name{Table: "Map/n=1"}))
	assert.Equal(t, "fanfold", s.Baseline(sample.Name{Table: "MapSeq/n=1"}))
}

func TestTitle(t *testing.T) {
	assert.Equal(t, "par.Map/n=1/m=2", Title("ParMap/n=1/m=2"))
	assert.Equal(t, "par.Map", Title("ParMap"))
	assert.Equal(t, "Spawn/n=1", Title("Spawn/n=1"))
}

// A name is mapped only where there is a benchmark of that name.
func TestOperators(t *testing.T) {
	var all strings.Builder
	for _, s := range All {
		all.WriteString(sources(t, s))
	}
	for benchmark := range operators {
		assert.Contains(t, all.String(), "func Benchmark"+benchmark+"(")
	}
}
