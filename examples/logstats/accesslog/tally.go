package accesslog

import (
	"cmp"
	"maps"
	"strings"

	"github.com/fanfold/fanfold/functional"
)

// A Tally counts names. The counts are behind pointers so that a name that is there
// already costs no copy of it.
type Tally map[string]*int64

// An Entry is a name and how often it was counted.
type Entry struct {
	Name  string
	Count int64
}

// Add counts name n times.
func (t Tally) Add(name []byte, n int64) {
	if count := t[string(name)]; count != nil {
		*count += n
		return
	}
	t[string(name)] = &n
}

// Merge adds the counts of other to t.
func (t Tally) Merge(other Tally) {
	for name, n := range other {
		if count := t[name]; count != nil {
			*count += *n
		} else {
			t[name] = n
		}
	}
}

// Top returns the k names counted most often, the most frequent first, those
// counted as often in alphabetical order.
func (t Tally) Top(k int) []Entry {
	entries := functional.FromKV(maps.All(t), func(name string, n *int64) Entry { return Entry{name, *n} })
	return functional.TopKFunc(entries, k, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.Count, b.Count), strings.Compare(b.Name, a.Name))
	})
}
