package conn

import (
	"sync"

	"github.com/fanfold/fanfold/internal/fresh"
)

// A piece is memory that the system fills, used again for other messages and by other
// connections: 64 KiB, a common size, and some more for what stands around so much.
type piece [pieceSize]byte

const pieceSize = 68 << 10

var pieces = sync.Pool{New: func() any { return new(piece) }}

// A pile is what has come of a body: parts of pieces that belong to it.
type pile struct {
	pieces []*piece
	parts  [][]byte
	size   int // of all parts
}

// leastRoom is how much of a piece has to be free for more being read into it.
const leastRoom = 16 << 10

// room returns where the next bytes go: at least leastRoom of them.
func (p *pile) room() []byte {
	if n := len(p.parts); n > 0 {
		if last := p.parts[n-1]; cap(last)-len(last) >= leastRoom {
			return last[len(last):cap(last)]
		}
	}
	one := pieces.Get().(*piece)
	p.own(one, one[:0])
	return one[:]
}

// grown says that n bytes have been put there.
func (p *pile) grown(n int) {
	last := &p.parts[len(p.parts)-1]
	*last = (*last)[:len(*last)+n]
	p.size += n
}

// own takes a piece, with a part that is filled.
func (p *pile) own(one *piece, part []byte) {
	p.pieces, p.parts = append(p.pieces, one), append(p.parts, part)
	p.size += len(part)
}

// add puts a copy of data behind what is there.
func (p *pile) add(data []byte) {
	for len(data) > 0 {
		n := copy(p.room(), data)
		p.grown(n)
		data = data[n:]
	}
}

// whole returns a copy of all of it.
func (p *pile) whole() []byte {
	n := 0
	for _, part := range p.parts {
		n += len(part)
	}
	all := fresh.Bytes(n)
	n = 0
	for _, part := range p.parts {
		n += copy(all[n:], part)
	}
	return all
}

// empty gives the pieces back.
func (p *pile) empty() {
	for _, one := range p.pieces {
		pieces.Put(one)
	}
	*p = pile{}
}
