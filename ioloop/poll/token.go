package poll

import "fmt"

// A Token is one registration of a descriptor with a [Poller]. Tokens are comparable
// and can be keys of maps. A token is stale once its registration was removed, and
// stays so when the number of the descriptor is used again. The zero Token is stale.
type Token struct {
	fd  int32
	gen uint32 // of each Add another one, never 0
}

// FD returns the number of the descriptor.
func (t Token) FD() int { return int(t.fd) }

// String returns the number and the generation, as in "7#3".
func (t Token) String() string { return fmt.Sprintf("%d#%d", t.fd, t.gen) }

// An Event says what a [Poller] has found out about a descriptor.
type Event struct {
	Token  Token  // the registration
	Events Events // its state: wanted events, HungUp and Failed
}
