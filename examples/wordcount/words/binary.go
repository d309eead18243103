package words

import (
	"encoding/binary"
	"errors"
	"math"
)

// A table goes to another process in about a third of the bytes it takes in
// memory: the number of words, the length and the count of each as uvarints, and
// all their bytes. The other side makes the hashes again, which is quicker than
// sending them, and the slots when they are needed, which for a table that is
// merged into a larger one is never.

// MarshalBinary implements encoding.BinaryMarshaler. The error is always nil.
func (t *Table) MarshalBinary() ([]byte, error) {
	data := make([]byte, 0, 4*len(t.words)+len(t.text)+binary.MaxVarintLen64)
	data = binary.AppendUvarint(data, uint64(len(t.words)))
	begin := int64(0)
	for _, w := range t.words {
		data = binary.AppendUvarint(data, uint64(w.end-begin))
		data = binary.AppendUvarint(data, uint64(w.count))
		begin = w.end
	}
	return append(data, t.text...), nil
}

var errTable = errors.New("words: the data is not that of a Table")

// UnmarshalBinary implements encoding.BinaryUnmarshaler: t becomes the table
// that data was made from. For data that was made from none t is unchanged and
// the error not nil, unless a word comes twice, which is not looked for.
func (t *Table) UnmarshalBinary(data []byte) error {
	n, data, ok := uvarint(data)
	if !ok || n > uint64(len(data)/2) { // a word takes two bytes at least
		return errTable
	}
	words := make([]entry, n)
	end := int64(0)
	for i := range words {
		var length, count uint64
		if length, data, ok = uvarint(data); !ok || length > uint64(len(data)) {
			return errTable
		}
		if count, data, ok = uvarint(data); !ok || count > math.MaxInt64 {
			return errTable
		}
		end += int64(length)
		words[i] = entry{end: end, count: int64(count)}
	}
	if end != int64(len(data)) {
		return errTable
	}
	*t = Table{text: append([]byte(nil), data...), words: words}
	for i := range words {
		words[i].hash = hash(t.bytes(i))
	}
	return nil
}

// uvarint takes one number off data.
func uvarint(data []byte) (n uint64, rest []byte, ok bool) {
	n, size := binary.Uvarint(data)
	if size <= 0 {
		return 0, data, false
	}
	return n, data[size:], true
}
