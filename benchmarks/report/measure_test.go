package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// fakeLog in the environment makes this test binary a program with benchmarks
// that are never run: it writes down what it is asked for.
const fakeLog = "REPORT_TEST_LOG"

// fakeBenchmarks prints a result for every case that -test.bench names.
func fakeBenchmarks(log string) int {
	flags := flag.NewFlagSet("fake", flag.ExitOnError)
	bench := flags.String("test.bench", "", "")
	flags.String("test.benchtime", "", "")
	flags.Parse(os.Args[1:])
	f, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 1
	}
	defer f.Close()
	fmt.Fprintln(f, *bench)
	fmt.Println("cpu: abacus")
	for _, c := range []string{"X/impl=a/n=1", "X/impl=a/n=2", "X/impl=b/n=1", "X/impl=b/n=2", "X/impl=c/n=1"} {
		if *bench == "." || *bench == sample.MustParseName(c).Pattern() {
			fmt.Printf("Benchmark%s-2 10 %d ns/op 3 B/op\n", c, 100)
		}
	}
	return 0
}

func TestCollectInterleavesAndRotates(t *testing.T) {
	log := t.TempDir() + "/log"
	t.Setenv(fakeLog, log)
	r := &sample.Results{Package: "x", Rounds: 2, Benchtime: "1x"}
	require.NoError(t, collect(t.Context(), r, []program{{args: []string{os.Args[0]}}}, "."))

	b, err := os.ReadFile(log)
	require.NoError(t, err)
	var asked []string
	for l := range strings.Lines(string(b)) {
		l = strings.NewReplacer("^", "", "$", "", "Benchmark", "").Replace(strings.TrimSpace(l))
		asked = append(asked, l)
	}
	assert.Equal(t, []string{
		".",
		"X/impl=a/n=1", "X/impl=b/n=1", "X/impl=c/n=1", "X/impl=a/n=2", "X/impl=b/n=2",
		"X/impl=b/n=1", "X/impl=c/n=1", "X/impl=a/n=1", "X/impl=b/n=2", "X/impl=a/n=2",
	}, asked)

	assert.Equal(t, "abacus", r.CPU)
	require.Len(t, r.Cases, 5)
	for _, c := range r.Cases {
		assert.Equal(t, map[string][]float64{"ns/op": {100, 100}, "B/op": {3, 3}}, c.Samples)
	}
}

func TestCollectNothing(t *testing.T) {
	t.Setenv(fakeLog, t.TempDir()+"/log")
	err := collect(t.Context(), &sample.Results{Rounds: 1, Benchtime: "1x"}, []program{{args: []string{os.Args[0]}}}, "Y")
	require.ErrorContains(t, err, "there is no benchmark like Y")
}

func TestProgramFails(t *testing.T) {
	t.Run("exit status", func(t *testing.T) {
		_, _, err := program{args: []string{"false"}}.run(t.Context(), ".", "1x")
		require.ErrorContains(t, err, "exit status 1")
	})
	t.Run("canceled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, _, err := program{args: []string{"true"}}.run(ctx, ".", "1x")
		require.ErrorIs(t, err, context.Canceled)
	})
}
