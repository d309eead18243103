package words

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fanfold/fanfold/internal/leak"
	"github.com/stretchr/testify/require"
)

func TestMain(m *testing.M) { os.Exit(leak.Run(m.Run)) }

// write creates a file for each text and returns their names.
func write(t testing.TB, texts ...string) []string {
	dir := t.TempDir()
	var paths []string
	for i, text := range texts {
		path := filepath.Join(dir, string(rune('a'+i)))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		paths = append(paths, path)
	}
	return paths
}

// naive is the definition of a word, without any speed.
func naive(texts ...string) map[string]int64 {
	counts := map[string]int64{}
	for _, text := range texts {
		for _, word := range bytes.FieldsFunc(latin1(text), func(r rune) bool { return strings.ContainsRune(" \t\n\v\f\r", r) }) {
			counts[string(word)]++
		}
	}
	return counts
}

// latin1 makes a rune of each byte, so that FieldsFunc, which decodes UTF-8,
// sees every byte as it is.
func latin1(text string) []byte {
	var b []byte
	for i := range len(text) {
		b = append(b, string(rune(text[i]))...)
	}
	return b
}

// counts returns what the table holds, in the form of naive.
func counts(table *Table) map[string]int64 {
	all := map[string]int64{}
	for word, n := range table.All() {
		all[string(latin1(string(word)))] += n
	}
	return all
}

func sum(counts map[string]int64) (total int64) {
	for n := range maps.Values(counts) {
		total += n
	}
	return total
}

func TestCount(t *testing.T) {
	cases := []struct {
		name  string
		texts []string
	}{
		{"no files", nil},
		{"empty file", []string{""}},
		{"only space", []string{" \t\n\v\f\r"}},
		{"one word", []string{"one"}},
		{"no space at the end", []string{"a b a"}},
		{"space around", []string{"  a  b\n"}},
		{"each white space", []string{"a b\tc\nd\ve\ff\rg"}},
		{"files end words", []string{"foo", "bar", "foo"}},
		{"not UTF-8", []string{"\xff\xfe \x80 \x00 \xff\xfe"}},
		{"Unicode space is none", []string{"a\u0085b a\u00a0b a\u2003b a\u3000b"}},
		{"control bytes are words", []string{"\x08 \x0e \x1c \x1f \x7f"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Count(t.Context(), write(t, c.texts...))
			require.NoError(t, err)
			want := naive(c.texts...)
			require.Equal(t, want, counts(&got.Words))
			require.Equal(t, len(want), got.Words.Len())
			require.Equal(t, sum(want), got.Total)
			require.Equal(t, len(c.texts), got.Files)
			require.EqualValues(t, len(strings.Join(c.texts, "")), got.Bytes)
			require.Empty(t, got.Unread)
		})
	}
}

// Random bytes, a third of them white space, in files longer and shorter than
// every buffer and step.
func TestCountModel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, size := range []int{1, 100, MaxWord + 1, 2*MaxWord + 7} {
		text := make([]byte, size)
		for i := range text {
			if text[i] = byte(random.Uint32()); random.IntN(3) == 0 {
				text[i] = " \t\n\v\f\r"[random.IntN(6)]
			}
		}
		// The long file first: what is left of it in the buffer must not be counted.
		texts := []string{string(text), "short"}
		got, err := Count(t.Context(), write(t, texts...))
		require.NoError(t, err)
		want := naive(texts...)
		require.True(t, maps.Equal(want, counts(&got.Words)), "size %d", size)
		require.Equal(t, sum(want), got.Total)
	}
}

func TestCountUnread(t *testing.T) {
	paths := write(t, "a a", "b", "c")
	require.NoError(t, os.Remove(paths[1]))
	folder := t.TempDir() // opens, but cannot be read
	got, err := Count(t.Context(), append(paths, folder))
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"a": 2, "c": 1}, counts(&got.Words))
	require.Equal(t, 2, got.Files)
	require.EqualValues(t, 4, got.Bytes)
	require.Len(t, got.Unread, 2)
	require.Contains(t, got.Unread[0], paths[1])
	require.Contains(t, got.Unread[1], folder)
}

func TestCountContext(t *testing.T) {
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(cause)
	got, err := Count(ctx, write(t, "a", "b"))
	require.Equal(t, cause, err)
	require.Zero(t, got)
}

// endless is a context that ends when it was looked at so many times.
type endless struct {
	context.Context
	looks int
}

func (e *endless) Err() error {
	if e.looks--; e.looks < 0 {
		return context.Canceled
	}
	return nil
}

// A long file does not keep a context waiting, and counts nothing.
func TestCountContextInFile(t *testing.T) {
	long := write(t, strings.Repeat("a ", 5*MaxWord))[0]
	var totals Totals
	ctx := &endless{t.Context(), 9} // once in each MaxWord bytes
	require.ErrorIs(t, totals.count(ctx, long, make([]byte, MaxWord+1)), context.Canceled)
	require.Zero(t, totals)
}

// The longest word is counted wherever it lies. A longer one leaves its file unread, with
// nothing counted of what came before, and is not read to its end: a file of zeros may be
// larger than the memory.
func TestCountLongWords(t *testing.T) {
	longest := strings.Repeat("x", MaxWord)
	for _, text := range []string{longest, longest + " a", "a " + longest, strings.Repeat("b ", MaxWord/2) + longest + " a", longest + " " + longest} {
		got, err := Count(t.Context(), write(t, text))
		require.NoError(t, err)
		require.Empty(t, got.Unread)
		require.True(t, maps.Equal(naive(text), counts(&got.Words)))
		require.EqualValues(t, len(text), got.Bytes)

		paths := write(t, text+strings.Repeat("x", MaxWord), "a")
		got, err = Count(t.Context(), paths)
		require.NoError(t, err)
		if !strings.HasSuffix(text, " a") {
			require.Len(t, got.Unread, 1)
			at := strings.LastIndex(text, " ") + 1
			require.Equal(t, fmt.Sprintf("%s: the word at byte %d is longer than %d bytes", paths[0], at, MaxWord), got.Unread[0])
			require.Equal(t, map[string]int64{"a": 1}, counts(&got.Words))
			require.EqualValues(t, 1, got.Bytes)
		}
	}

	zeros := filepath.Join(t.TempDir(), "zeros")
	require.NoError(t, os.WriteFile(zeros, nil, 0o600))
	require.NoError(t, os.Truncate(zeros, 1<<36)) // a hole
	got, err := Count(t.Context(), []string{zeros})
	require.NoError(t, err)
	require.Equal(t, []string{zeros + ": the word at byte 0 is longer than 1048576 bytes"}, got.Unread)
}

func TestMerge(t *testing.T) {
	texts := []string{"a b c", "", "c d e f g", "a", "g h"}
	for split := range len(texts) + 1 {
		one, err := Count(t.Context(), write(t, texts[:split]...))
		require.NoError(t, err)
		two, err := Count(t.Context(), write(t, texts[split:]...))
		require.NoError(t, err)
		one.Unread, two.Unread = []string{"x", "y"}, []string{"z"}
		got, want := Merge(one, two), naive(texts...)
		require.Equal(t, want, counts(&got.Words))
		require.Equal(t, sum(want), got.Total)
		require.Equal(t, len(texts), got.Files)
		require.EqualValues(t, len(strings.Join(texts, "")), got.Bytes)
		require.Equal(t, []string{"x", "y", "z"}, got.Unread)
	}
}

func TestMergeNothing(t *testing.T) {
	require.Zero(t, Merge(Totals{}, Totals{}))
}

func FuzzCount(f *testing.F) {
	f.Add("a b", "b\tc", 1)
	f.Add("\xff\n\xff", "", 0)
	f.Add("\x00\v", "\u3000 \u0085", 3)
	f.Fuzz(func(t *testing.T, one, two string, n int) {
		want := naive(one, two)
		both, err := Count(t.Context(), write(t, one, two))
		require.NoError(t, err)
		require.Equal(t, want, counts(&both.Words))

		var first, second Totals
		first.scan([]byte(one), true)
		second.scan([]byte(two), true)
		merged := Merge(first, second)
		require.Equal(t, want, counts(&merged.Words))
		require.Equal(t, sum(want), merged.Total)
		require.Equal(t, sorted(&both.Words, n), merged.Words.Top(n))
	})
}
