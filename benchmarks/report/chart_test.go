package main

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func exact(x float64) summary { return summary{x, x, x} }

func TestDraw(t *testing.T) {
	got := draw("Maps & more", []bars{
		{"Map", []bar{{"fanfold", exact(2)}, {"loop", exact(1)}, {"<peer>", exact(0.5)}}},
		{"Filter <x>", []bar{{"loop", exact(1)}, {"fanfold-seq", exact(0.8)}}},
	})
	const golden = "testdata/chart.golden.svg"
	if *update {
		require.NoError(t, os.WriteFile(golden, got, 0o644))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(got))
	requireXML(t, got)
}

// Where one length is many times another, bars are logarithms, from 1 to both sides.
func TestDrawLogarithmic(t *testing.T) {
	got := string(draw("Wide", []bars{{"Map", []bar{{"fanfold", exact(10)}, {"loop", exact(1)}, {"peer", exact(0.1)}}}}))
	requireXML(t, []byte(got))
	require.Contains(t, got, "Wide (logarithmic)")
	const middle = (left + right) / 2
	require.Equal(t, 420, middle)
	require.Contains(t, got, `<rect class="ours" x="420.0" y="57" width="240.0"`)
	require.Contains(t, got, `<rect class="other" x="420.0" y="75" width="1.0"`, "no bar is invisible")
	require.Contains(t, got, `<rect class="other" x="180.0" y="93" width="240.0"`)
	require.Contains(t, got, `x1="420.0" x2="420.0"`)
}

func requireXML(t *testing.T, svg []byte) {
	t.Helper()
	for d := xml.NewDecoder(strings.NewReader(string(svg))); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

// A chart shows the block it names, and none is drawn of what was not measured.
func TestBars(t *testing.T) {
	s := section{
		suite: suite{
			baselines: map[string]string{"Map": "loop"},
			charts: []chart{
				{name: "map", tables: []string{"Map/n=1"}, block: "workers=2"},
				{name: "absent", tables: []string{"Filter"}},
			},
		},
		results: &results{Rounds: 1, Cases: []sampled{
			{"Map/n=1/impl=loop/workers=2", map[string][]float64{"ns/op": {100}}},
			{"Map/n=1/impl=loop/workers=1", map[string][]float64{"ns/op": {100}}},
			{"Map/n=1/impl=fanfold/workers=1", map[string][]float64{"ns/op": {1}}},
			{"Map/n=1/impl=fanfold/workers=2", map[string][]float64{"ns/op": {50}}},
			{"Map/n=2/impl=fanfold/workers=2", map[string][]float64{"ns/op": {1}}},
		}},
	}
	require.Equal(t, s.charts[:1], s.drawn())
	groups := s.bars(s.charts[0])
	require.Len(t, groups, 1)
	require.Equal(t, "Map/n=1", groups[0].label)
	require.Len(t, groups[0].all, 2)
	require.Equal(t, []string{"fanfold", "loop"}, []string{groups[0].all[0].impl, groups[0].all[1].impl})
	require.Equal(t, 2.0, groups[0].all[0].speed.median)
	require.Contains(t, string(render([]section{s})), "![](charts/map.svg)")
}

// TestCharts checks that the tables that charts show were measured, as far as results
// of their package are there, and that no two charts are one file.
func TestCharts(t *testing.T) {
	names := map[string]bool{}
	for _, s := range suites {
		for _, c := range s.charts {
			require.False(t, names[c.name], "two charts named %s", c.name)
			names[c.name] = true
			require.NotEmpty(t, c.title)
		}
		r, err := load("../" + resultsFile(s.pkg))
		if err != nil {
			continue
		}
		for _, c := range s.charts {
			require.Len(t, section{suite: s, results: r}.bars(c), len(c.tables), "chart %s", c.name)
		}
	}
}
