package words

import (
	"bytes"
	"cmp"
	"slices"
)

// An Entry is a word and how often it was counted.
type Entry struct {
	Word  []byte
	Count int64
}

// Top returns the n words counted most often, or all when there are fewer: the
// count descends, and words of the same count ascend by their bytes. It takes
// O(m log n) time and O(n) memory for a table of m words. The bytes belong to the
// table and are not to be changed.
func (t *Table) Top(n int) []Entry {
	if n = min(n, t.Len()); n <= 0 {
		return nil
	}
	// Sorting every n words that come in throws as many out: the n best of all
	// are among the first n after the last sort.
	top := make([]Entry, 0, 2*n)
	for word, count := range t.All() {
		if len(top) == cap(top) {
			slices.SortFunc(top, rank)
			top = top[:n]
		}
		top = append(top, Entry{word, count})
	}
	slices.SortFunc(top, rank)
	return slices.Clip(top[:n])
}

func rank(a, b Entry) int {
	return cmp.Or(cmp.Compare(b.Count, a.Count), bytes.Compare(a.Word, b.Word))
}
