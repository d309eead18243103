package sample

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// measured returns results in which fanfold takes mine and the loop theirs.
func measured(mine, theirs []float64) *Results {
	return &Results{Rounds: len(mine), Cases: []Case{
		{"X/impl=fanfold", map[string][]float64{"ns/op": mine}},
		{"X/impl=loop", map[string][]float64{"ns/op": theirs}},
	}}
}

func TestSaveAndLoad(t *testing.T) {
	r := measured([]float64{1.5, 2}, []float64{3, 4e9})
	r.Package, r.CPU, r.Cores, r.Benchtime = "x", "abacus", 2, "50ms"
	file := filepath.Join(t.TempDir(), "new", "x.json")
	require.NoError(t, r.Save(file))
	again, err := Load(file)
	require.NoError(t, err)
	assert.Equal(t, r, again)

	b, err := os.ReadFile(file)
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(string(b), "\n"), "want a line each for the head, the cases and the end:\n%s", b)
}

func TestLoadRefuses(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(*Results)
		want  string
	}{
		"incomplete rounds": {func(r *Results) { r.Cases[1].Samples["ns/op"] = []float64{3} }, "X/impl=loop has 1 values of ns/op in 2 rounds"},
		"another's name":    {func(r *Results) { r.Cases[0].Name = "X" }, `"X" names no implementation`},
	} {
		t.Run(name, func(t *testing.T) {
			r := measured([]float64{1, 2}, []float64{3, 4})
			tt.spoil(r)
			file := filepath.Join(t.TempDir(), "x.json")
			require.NoError(t, r.Save(file))
			_, err := Load(file)
			require.ErrorContains(t, err, tt.want)
			require.ErrorContains(t, err, file)
		})
	}
}

func TestAdd(t *testing.T) {
	r := measured([]float64{1}, []float64{2})
	r.Add(Name{Table: "X", Impl: "fanfold"}, map[string]float64{"ns/op": 3, "B/op": 4})
	assert.Equal(t, map[string][]float64{"ns/op": {1, 3}, "B/op": {4}}, r.Samples(Name{Table: "X", Impl: "fanfold"}))
	assert.Nil(t, r.Samples(Name{Table: "Y", Impl: "fanfold"}))
}
