package page

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"math"
	"strings"

	"github.com/fanfold/fanfold/benchmarks/report/sample"
)

// The measures of a chart, in pixels.
const (
	chartWidth = 720
	left       = 180 // where bars may begin
	right      = chartWidth - 60
	rowHeight  = 18
	barHeight  = 12
)

// style has both sets of colours: a picture in a page cannot know the page's, but it
// has a ground of its own, so that its text can be read on any.
const style = `<style>
rect.ground{fill:#fff}text{fill:#24292f;font:12px sans-serif}text.title{font-size:14px;font-weight:bold}
text.table{font-weight:bold}text.impl{text-anchor:end}.other{fill:#afb8c1}.ours{fill:#0969da}
text.ours{fill:#0969da;font-weight:bold}line{stroke:#57606a}line.one{stroke-dasharray:3 3}
@media (prefers-color-scheme:dark){rect.ground{fill:#0d1117}text{fill:#e6edf3}.other{fill:#484f58}
.ours,text.ours{fill:#58a6ff}line{stroke:#8b949e}}
</style>
`

// draw renders groups of bars as SVG. A ratio is a length where all of them can be
// seen that way; otherwise the axis is logarithmic and bars begin at 1, the baseline.
func draw(title string, groups []bars) []byte {
	lo, hi, rows := 1.0, 1.0, 0
	for _, g := range groups {
		rows += 1 + len(g.all)
		for _, x := range g.all {
			lo, hi = min(lo, x.speed.Median), max(hi, x.speed.Median)
		}
	}
	logarithmic := hi/lo > 20
	at := func(v float64) float64 { return left + v/hi*(right-left) }
	from := at(0)
	if logarithmic {
		at = func(v float64) float64 { return left + math.Log(v/lo)/math.Log(hi/lo)*(right-left) }
		from = at(1)
		title += " (logarithmic)"
	}

	var b bytes.Buffer
	height := 36 + rows*rowHeight + 8
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" role="img">`+"\n", chartWidth, height, chartWidth)
	fmt.Fprintf(&b, "<title>%s</title>\n%s", escape(title), style)
	fmt.Fprintf(&b, `<rect class="ground" width="%d" height="%d"/><text class="title" x="12" y="22">%s</text>`+"\n", chartWidth, height, escape(title))
	y := 36
	for _, g := range groups {
		fmt.Fprintf(&b, `<text class="table" x="12" y="%d">%s</text>`+"\n", y+13, escape(g.label))
		y += rowHeight
		for _, x := range g.all {
			class, ofName := "other", "impl"
			if x.name.Ours() {
				class, ofName = "ours", "impl ours"
			}
			start, end := min(from, at(x.speed.Median)), max(from, at(x.speed.Median))
			fmt.Fprintf(&b, `<text class="%s" x="%d" y="%d">%s</text>`, ofName, left-8, y+13, escape(x.name.Impl))
			fmt.Fprintf(&b, `<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"/>`, class, start, y+3, max(end-start, 1), barHeight)
			fmt.Fprintf(&b, `<text x="%.1f" y="%d">%s</text>`+"\n", end+6, y+13, sample.Number(x.speed.Median))
			y += rowHeight
		}
	}
	fmt.Fprintf(&b, `<line class="one" x1="%.1f" x2="%.1f" y1="36" y2="%d"/>`+"\n</svg>\n", at(1), at(1), y)
	return b.Bytes()
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder does not fail
	return b.String()
}
