package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/fanfold/fanfold/examples/wordcount/words"
)

// report writes the n most frequent words, as the bytes they are, and the line
// of totals.
func report(w io.Writer, t *words.Totals, n int) error {
	out := bufio.NewWriter(w)
	for _, top := range t.Words.Top(n) {
		fmt.Fprintf(out, "%d %s\n", top.Count, top.Word)
	}
	fmt.Fprintf(out, "total %d words, %d distinct, %d files, %d bytes\n", t.Total, t.Words.Len(), t.Files, t.Bytes)
	return out.Flush()
}

// table returns the laps as lines, with the speed-up over the first.
func table(laps []lap) string {
	var text strings.Builder
	w := tabwriter.NewWriter(&text, 0, 0, 3, ' ', tabwriter.AlignRight)
	fmt.Fprint(w, "carrier\ttime\tspeed-up\t\n")
	for _, l := range laps {
		fmt.Fprintf(w, "%s\t%.1f ms\t%.2f\t\n", l.carrier, 1e3*l.took.Seconds(), float64(laps[0].took)/float64(l.took))
	}
	w.Flush()
	return text.String()
}

// difference says how b differs from a: in the first word, by its bytes, that
// was not counted as often, or in the files that were. It returns "" if they
// are the same.
func difference(a, b *words.Totals) string {
	var first []byte
	for _, side := range [2][2]*words.Totals{{a, b}, {b, a}} {
		for word, count := range side[0].Words.All() {
			if side[1].Words.Count(word) != count && (first == nil || bytes.Compare(word, first) < 0) {
				first = word
			}
		}
	}
	switch {
	case first != nil:
		return fmt.Sprintf("%q was counted %d and %d times", first, a.Words.Count(first), b.Words.Count(first))
	case a.Total != b.Total:
		return fmt.Sprintf("%d and %d words", a.Total, b.Total)
	case a.Files != b.Files || a.Bytes != b.Bytes:
		return fmt.Sprintf("%d bytes in %d files and %d bytes in %d files", a.Bytes, a.Files, b.Bytes, b.Files)
	}
	return ""
}
