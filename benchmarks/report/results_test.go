package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSaveAndLoad(t *testing.T) {
	r := measured([]float64{1.5, 2}, []float64{3, 4e9})
	r.Package, r.CPU, r.Cores, r.Benchtime = "x", "abacus", 2, "50ms"
	file := filepath.Join(t.TempDir(), "new", "x.json")
	require.NoError(t, r.save(file))
	again, err := load(file)
	require.NoError(t, err)
	require.Equal(t, r, again)

	b, err := os.ReadFile(file)
	require.NoError(t, err)
	require.Equal(t, 4, strings.Count(string(b), "\n"), "want a line each for the head, the cases and the end:\n%s", b)
}

func TestLoadRefusesIncompleteRounds(t *testing.T) {
	r := measured([]float64{1, 2}, []float64{3})
	file := filepath.Join(t.TempDir(), "x.json")
	require.NoError(t, r.save(file))
	_, err := load(file)
	require.ErrorContains(t, err, "X/impl=loop has 1 values of ns/op in 2 rounds")
}

func TestResultsFileIsFlat(t *testing.T) {
	require.Equal(t, "results/functional-caches.json", filepath.ToSlash(resultsFile("functional/caches")))
}
