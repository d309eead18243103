package deflate

import "io"

// ending is what follows the bytes of a message, so that the inflater has an end: the tail
// that was removed from it, and an empty block that is the last one.
const ending = tail + "\x01\x00\x00\xff\xff"

// A source gives the bytes of a message, and then the ending, one by one. The inflater
// therefore takes no byte that it does not need.
type source struct {
	r    io.Reader // nil when it has ended
	err  error     // of r, other than io.EOF
	buf  [512]byte
	at   int
	have int
	rest string // of the ending
}

func (s *source) reset(r io.Reader) {
	s.r, s.err, s.at, s.have, s.rest = r, nil, 0, 0, ending
}

// ReadByte makes a source an io.ByteReader.
func (s *source) ReadByte() (byte, error) {
	if s.at < s.have || s.fill() {
		s.at++
		return s.buf[s.at-1], nil
	}
	if s.err != nil {
		return 0, s.err
	}
	if len(s.rest) > 0 {
		b := s.rest[0]
		s.rest = s.rest[1:]
		return b, nil
	}
	return 0, io.EOF
}

// Read is there because flate asks for it. It is not called.
func (s *source) Read(p []byte) (int, error) {
	for i := range p {
		b, err := s.ReadByte()
		if err != nil {
			return i, err
		}
		p[i] = b
	}
	return len(p), nil
}

// fill reads more, and reports whether there is any.
func (s *source) fill() bool {
	for s.r != nil && s.err == nil {
		n, err := s.r.Read(s.buf[:])
		if err == io.EOF {
			if s.r = nil; n == 0 && s.have == 0 {
				s.rest = ending[len(tail):] // some peers send nothing for a message of nothing
			}
		} else {
			s.err = err
		}
		if n > 0 {
			s.at, s.have = 0, n
			return true
		}
	}
	return false
}

// ended reports whether all bytes of the message were taken.
func (s *source) ended() bool { return s.at == s.have && !s.fill() && s.err == nil }

// end returns what the inflater's end is, after all bytes of the message: io.EOF, unless a
// block that calls itself the last one took a part of the ending for its content.
func (s *source) end() error {
	if s.rest == "" || len(s.rest) == len(ending) {
		return io.EOF
	}
	return io.ErrUnexpectedEOF
}
