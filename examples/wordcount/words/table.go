package words

import (
	"bytes"
	"iter"
)

// A Table holds distinct words and how often each was counted. The zero Table
// is empty and ready for use; it is not for use by several goroutines at once.
//
// It is a hash table laid out in three slices without a pointer in them: the
// garbage collector has nothing to look at, and a table goes through a pipe as
// it lies in memory. A map[string]int64 is less code; with it, counting the
// sources of Go took 1.7 times as long on one core, and collecting garbage and
// building maps anew behind the pipe ate most of what the second core gains.
//
// The fields are exported so that they can travel. Read a table through its
// methods.
type Table struct {
	Text  []byte   // the words one behind the other, in the order they came
	Words []Word   // the words in the same order
	Slots []uint32 // a word's place plus one at its hash or after it, 0 where free
}

// A Word is one entry of a Table.
type Word struct {
	Hash  uint64
	End   int64 // where its bytes end in Text; they begin where the word before it ends
	Count int64
}

// Len returns the number of distinct words.
func (t *Table) Len() int { return len(t.Words) }

// Add counts word n more times. It copies the bytes of a word it did not know.
func (t *Table) Add(word []byte, n int64) { t.add(word, hash(word), n) }

// Count returns how often word was counted: 0 for one that never was.
func (t *Table) Count(word []byte) int64 {
	if t.Len() == 0 {
		return 0
	}
	if _, known := t.find(word, hash(word)); known != nil {
		return known.Count
	}
	return 0
}

// All returns an iterator over the words and their counts, in the order in
// which the words came. The bytes belong to the table: they are not to be
// changed, and Add may be called only after the iteration.
func (t *Table) All() iter.Seq2[[]byte, int64] {
	return func(yield func([]byte, int64) bool) {
		for i, w := range t.Words {
			if !yield(t.bytes(i), w.Count) {
				return
			}
		}
	}
}

// merge adds all words of other.
func (t *Table) merge(other *Table) {
	for i, w := range other.Words {
		t.add(other.bytes(i), w.Hash, w.Count)
	}
}

func (t *Table) add(word []byte, hash uint64, n int64) {
	if len(t.Slots) < 2*(len(t.Words)+1) {
		t.grow()
	}
	slot, known := t.find(word, hash)
	if known != nil {
		known.Count += n
		return
	}
	t.Text = append(t.Text, word...)
	t.Words = append(t.Words, Word{hash, int64(len(t.Text)), n})
	t.Slots[slot] = uint32(len(t.Words))
}

// find returns the entry of word, or nil and the free slot that is its place.
// The table must have slots.
func (t *Table) find(word []byte, hash uint64) (slot uint64, known *Word) {
	mask := uint64(len(t.Slots) - 1)
	for slot = hash & mask; ; slot = (slot + 1) & mask {
		i := t.Slots[slot]
		if i == 0 {
			return slot, nil
		}
		if w := &t.Words[i-1]; w.Hash == hash && bytes.Equal(t.bytes(int(i-1)), word) {
			return slot, w
		}
	}
}

// grow doubles the slots, whose number is a power of two, and places the words
// anew.
func (t *Table) grow() {
	t.Slots = make([]uint32, max(1<<10, 2*len(t.Slots)))
	mask := uint64(len(t.Slots) - 1)
	for i, w := range t.Words {
		slot := w.Hash & mask
		for t.Slots[slot] != 0 {
			slot = (slot + 1) & mask
		}
		t.Slots[slot] = uint32(i + 1)
	}
}

// bytes returns the bytes of word i.
func (t *Table) bytes(i int) []byte {
	begin := int64(0)
	if i > 0 {
		begin = t.Words[i-1].End
	}
	return t.Text[begin:t.Words[i].End]
}

// hash is FNV-1a. Every process must come to the same value, which rules out
// the seeded hashes of hash/maphash: files made to collide make a table slow.
func hash(word []byte) uint64 {
	h := uint64(14695981039346656037)
	for _, b := range word {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return h
}
