package main

import (
	"errors"
	"testing"
	"time"

	"github.com/fanfold/fanfold/examples/wordcount/words"
	"github.com/stretchr/testify/require"
)

// totals returns what would be counted in a file of these words.
func totals(list ...string) *words.Totals {
	t := &words.Totals{Files: 1}
	for _, word := range list {
		t.Words.Add([]byte(word), 1)
		t.Total++
		t.Bytes += int64(len(word)) + 1
	}
	return t
}

func TestDifference(t *testing.T) {
	fewerFiles, fewerBytes, fewerWords := totals("a", "b"), totals("a", "b"), totals("a", "b")
	fewerFiles.Files--
	fewerBytes.Bytes--
	fewerWords.Total--
	cases := []struct {
		name string
		a, b *words.Totals
		want string
	}{
		{"same", totals("a", "b", "a"), totals("b", "a", "a"), ""},
		{"nothing", totals(), totals(), ""},
		{"missing", totals("a", "b"), totals("a"), `"b" was counted 1 and 0 times`},
		{"too many", totals("a"), totals("a", "b", "b"), `"b" was counted 0 and 2 times`},
		{"other count", totals("a", "b", "b"), totals("a", "a", "b"), `"a" was counted 1 and 2 times`},
		{"first of several", totals("z", "c", "x"), totals("b", "y", "z"), `"b" was counted 0 and 1 times`},
		{"first on the other side", totals("z", "a", "x"), totals("b", "y", "z"), `"a" was counted 1 and 0 times`},
		{"no text", totals("\xff"), totals("\xfe"), `"\xfe" was counted 0 and 1 times`},
		{"words", totals("a", "b"), fewerWords, "2 and 1 words"},
		{"files", totals("a", "b"), fewerFiles, "4 bytes in 1 files and 4 bytes in 0 files"},
		{"bytes", totals("a", "b"), fewerBytes, "4 bytes in 1 files and 3 bytes in 1 files"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) { require.Equal(t, c.want, difference(c.a, c.b)) })
	}
}

func TestTable(t *testing.T) {
	require.Equal(t, ""+
		"     carrier        time   speed-up\n"+
		"        loop   2000.0 ms       1.00\n"+
		"   processes   1250.0 ms       1.60\n",
		table([]lap{{"loop", 2 * time.Second}, {"processes", 1250 * time.Millisecond}}))
}

type fullDisk struct{ error }

func (d fullDisk) Write([]byte) (int, error) { return 0, d.error }

func TestReportError(t *testing.T) {
	full := errors.New("no space left")
	require.Equal(t, full, report(fullDisk{full}, totals("a"), 1))
}
