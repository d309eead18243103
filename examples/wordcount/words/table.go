package words

import (
	"bytes"
	"iter"
	"slices"
)

// A Table holds distinct words and how often each was counted. The zero Table
// is empty and ready for use. A Table is not for use by several goroutines at
// once, not even for reading.
//
// It is a hash table laid out in three slices without a pointer in them, which
// gives the garbage collector nothing to look at. A map[string]int64 is less
// code; with it, counting the sources of Go took 1.7 times as long on one core,
// and collecting garbage and building maps anew behind the pipe ate most of what
// the second core gains.
type Table struct {
	text  []byte   // the words one behind the other, in the order they came
	words []entry  // the words in the same order
	slots []uint32 // a word's place plus one at its hash or after it, 0 where free; made when needed
}

// An entry is one word.
type entry struct {
	hash  uint64
	end   int64 // where its bytes end in text; they begin where the word before it ends
	count int64
}

// Len returns the number of distinct words.
func (t *Table) Len() int { return len(t.words) }

// Add counts word n more times. It copies the bytes of a word it did not know.
func (t *Table) Add(word []byte, n int64) { t.add(word, hash(word), n) }

// Count returns how often word was counted: 0 for one that never was.
func (t *Table) Count(word []byte) int64 {
	if len(t.slots) == 0 {
		t.index()
	}
	if _, known := t.find(word, hash(word)); known != nil {
		return known.count
	}
	return 0
}

// All returns an iterator over the words and their counts, in the order in
// which the words came. The bytes belong to the table: they are not to be
// changed, and Add may be called only after the iteration.
func (t *Table) All() iter.Seq2[[]byte, int64] {
	return func(yield func([]byte, int64) bool) {
		for i, w := range t.words {
			if !yield(t.bytes(i), w.count) {
				return
			}
		}
	}
}

// merge adds all words of other.
func (t *Table) merge(other *Table) {
	for i, w := range other.words {
		t.add(other.bytes(i), w.hash, w.count)
	}
}

func (t *Table) add(word []byte, hash uint64, n int64) {
	if len(t.slots) < 2*(len(t.words)+1) {
		t.index()
	}
	slot, known := t.find(word, hash)
	if known != nil {
		known.count += n
		return
	}
	t.text = append(t.text, word...)
	t.words = append(t.words, entry{hash, int64(len(t.text)), n})
	t.slots[slot] = uint32(len(t.words))
}

// find returns the entry of word, or nil and the free slot that is its place.
// The table must have slots.
func (t *Table) find(word []byte, hash uint64) (slot uint64, known *entry) {
	mask := uint64(len(t.slots) - 1)
	for slot = hash & mask; ; slot = (slot + 1) & mask {
		i := t.slots[slot]
		if i == 0 {
			return slot, nil
		}
		if w := &t.words[i-1]; w.hash == hash && bytes.Equal(t.bytes(int(i-1)), word) {
			return slot, w
		}
	}
}

// index makes slots for twice the words there are and one more, a power of two,
// and room for the words that will fill half of them: append alone would move
// the words more often.
func (t *Table) index() {
	size := 1 << 10
	for size < 2*(len(t.words)+1) {
		size *= 2
	}
	t.words = slices.Grow(t.words, size/2-len(t.words))
	t.text = slices.Grow(t.text, len(t.text))
	t.slots = make([]uint32, size)
	mask := uint64(size - 1)
	for i, w := range t.words {
		slot := w.hash & mask
		for t.slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.slots[slot] = uint32(i + 1)
	}
}

// bytes returns the bytes of word i.
func (t *Table) bytes(i int) []byte {
	begin := int64(0)
	if i > 0 {
		begin = t.words[i-1].end
	}
	return t.text[begin:t.words[i].end]
}

// hash is FNV-1a. Nobody is kept from making files whose words collide; they
// would only make the table slow.
func hash(word []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range word {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}
