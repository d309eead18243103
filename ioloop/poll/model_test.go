//go:build unix && !aix

package poll_test

import (
	"errors"
	"io/fs"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fanfold/fanfold/ioloop/poll"
)

// A modelPoller is what a poller is for a program: a set of registrations.
type modelPoller struct {
	tokens map[int]poll.Token // by descriptor
	want   map[int]poll.Events
	spent  map[int]bool // OneShot
	stale  []poll.Token
}

// FuzzPoller compares pollers of all backends with a model, under operations that the
// input chooses: three bytes each.
func FuzzPoller(f *testing.F) {
	f.Add([]byte{0, 0, 1, 5, 0, 0, 4, 0, 0})
	f.Add([]byte{0, 0, 3, 0, 1, 131, 5, 0, 0, 4, 0, 0, 4, 0, 0, 1, 0, 129, 4, 0, 0, 2, 1, 0, 2, 1, 0, 3, 0, 0, 0, 1, 1, 4, 0, 0})
	f.Add([]byte{0, 0, 1, 3, 0, 0, 0, 0, 1, 4, 0, 0, 0, 1, 3, 3, 1, 0, 2, 1, 0, 6, 1, 0, 0, 1, 2, 4, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) > 300 {
			script = script[:300]
		}
		each(t, func(t *testing.T, p *poll.Poller) {
			script := script
			m := modelPoller{map[int]poll.Token{}, map[int]poll.Events{}, map[int]bool{}, nil}
			const slots = 4
			var here, there [slots]int // descriptors; 0: closed
			data := map[int]bool{}
			for i := range slots {
				here[i], there[i] = sockets(t)
			}
			for ; len(script) >= 3; script = script[3:] {
				slot := int(script[1]) % slots
				fd := here[slot]
				want := poll.Events(script[2] & 3)
				if script[2]&128 != 0 {
					want |= poll.OneShot
				}
				switch script[0] % 6 {
				case 0: // add
					token, err := p.Add(fd, want)
					if _, known := m.tokens[fd]; known {
						require.ErrorIs(t, err, fs.ErrExist)
						continue
					}
					require.NoError(t, err)
					m.tokens[fd], m.want[fd], m.spent[fd] = token, want, false
				case 1: // modify
					token, known := m.tokens[fd]
					if !known {
						token = lastOf(m.stale)
						require.ErrorIs(t, p.Modify(token, want), poll.ErrStale)
						continue
					}
					require.NoError(t, p.Modify(token, want))
					m.want[fd], m.spent[fd] = want, false
				case 2: // remove
					if token, known := m.tokens[fd]; known {
						require.NoError(t, p.Remove(token))
						m.forget(fd)
					}
					require.ErrorIs(t, p.Remove(lastOf(m.stale)), poll.ErrStale)
				case 3: // remove, close and begin anew
					if token, known := m.tokens[fd]; known {
						require.NoError(t, p.Remove(token))
						m.forget(fd)
					}
					shut(t, fd)
					shut(t, there[slot])
					delete(data, fd)
					here[slot], there[slot] = sockets(t)
				case 4: // look
					m.compare(t, p, data)
				case 5: // data comes, or is read
					if data[fd] {
						read(t, fd)
					} else {
						write(t, there[slot], "data")
					}
					data[fd] = !data[fd]
				}
				require.Equal(t, len(m.tokens), p.Len())
			}
			m.compare(t, p, data)
		})
	})
}

func lastOf(tokens []poll.Token) (t poll.Token) {
	if len(tokens) > 0 {
		t = tokens[len(tokens)-1]
	}
	return t
}

func (m *modelPoller) forget(fd int) {
	m.stale = append(m.stale, m.tokens[fd])
	delete(m.tokens, fd)
	delete(m.want, fd)
	delete(m.spent, fd)
}

// compare looks what p reports, twice, since one-shot descriptors are reported once.
func (m *modelPoller) compare(t *testing.T, p *poll.Poller, data map[int]bool) {
	t.Helper()
	for range 2 {
		var want []poll.Event
		for fd, token := range m.tokens {
			is := m.want[fd] & poll.Writable
			if data[fd] {
				is |= m.want[fd] & poll.Readable
			}
			if is != 0 && !m.spent[fd] {
				want = append(want, poll.Event{Token: token, Events: is})
				m.spent[fd] = m.want[fd]&poll.OneShot != 0
			}
		}
		slices.SortFunc(want, func(a, b poll.Event) int { return a.Token.FD() - b.Token.FD() })
		require.Equal(t, want, now(t, p))
	}
}

// Every goroutine may change what is waited for while others do, and one waits.
func TestConcurrentChanges(t *testing.T) {
	each(t, func(t *testing.T, p *poll.Poller) {
		const goroutines, rounds = 4, 200
		failed := make(chan error, goroutines)
		for g := range goroutines {
			fd, _ := sockets(t)
			go func() {
				var err error
				for i := range rounds {
					token, e := p.Add(fd, w)
					err = errors.Join(err, e)
					if i%2 == 0 {
						err = errors.Join(err, p.Modify(token, r|w))
					}
					if g%2 == 0 {
						p.Wake()
					}
					err = errors.Join(err, p.Remove(token))
				}
				failed <- err
				p.Wake()
			}()
		}
		for ended := 0; ended < goroutines; {
			events, err := p.Wait(t.Context())
			require.NoError(t, err)
			for e := range events {
				require.NotZero(t, e.Events&w)
			}
			select {
			case err := <-failed:
				require.NoError(t, err)
				ended++
				p.Wake()
			default:
			}
		}
		require.Zero(t, p.Len())
	})
}
