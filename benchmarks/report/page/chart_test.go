package page

import (
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

func exact(impl string, x float64) bar {
	return bar{sample.Name{Impl: impl}, sample.Summary{Median: x, Lo: x, Hi: x}}
}

func TestDraw(t *testing.T) {
	got := draw("Maps & more", []bars{
		{"Map", []bar{exact("fanfold", 2), exact("loop", 1), exact("<peer>", 0.5)}},
		{"Filter <x>", []bar{exact("loop", 1), exact("fanfold-seq", 0.8)}},
	})
	golden(t, "chart.golden.svg", string(got))
	requireXML(t, got)
}

// Where one length is many times another, bars are logarithms, from 1 to both sides.
func TestDrawLogarithmic(t *testing.T) {
	got := string(draw("Wide", []bars{{"Map", []bar{exact("fanfold", 10), exact("loop", 1), exact("peer", 0.1)}}}))
	requireXML(t, []byte(got))
	assert.Contains(t, got, "Wide (logarithmic)")
	const middle = (left + right) / 2
	require.Equal(t, 420, middle)
	assert.Contains(t, got, `<rect class="ours" x="420.0" y="57" width="240.0"`)
	assert.Contains(t, got, `<rect class="other" x="420.0" y="75" width="1.0"`, "no bar is invisible")
	assert.Contains(t, got, `<rect class="other" x="180.0" y="93" width="240.0"`)
	assert.Contains(t, got, `x1="420.0" x2="420.0"`)
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
	s, two := sections()
	require.Len(t, s.drawn(), 2)
	assert.Equal(t, s.Charts[:2], s.drawn())
	groups := s.bars(s.Charts[0])
	require.Len(t, groups, 1)
	assert.Equal(t, "par.Map/work=big", groups[0].label)
	var impls []string
	for _, x := range groups[0].all {
		impls = append(impls, x.name.Impl)
	}
	assert.Equal(t, []string{"fanfold", "peer", "loop"}, impls)
	assert.InDelta(t, 1.96, groups[0].all[0].speed.Median, 0.01)
	assert.Empty(t, two.drawn())
}

func TestWriteCharts(t *testing.T) {
	dir := t.TempDir()
	one, two := sections()
	require.NoError(t, WriteCharts(dir, []Section{one, two}))
	files, err := filepath.Glob(filepath.Join(dir, "charts", "*"))
	require.NoError(t, err)
	assert.Equal(t, []string{filepath.Join(dir, "charts/inner.svg"), filepath.Join(dir, "charts/map.svg")}, files)
	b, err := os.ReadFile(files[1])
	require.NoError(t, err)
	requireXML(t, b)
}
