//go:build race

package robust

import "sync/atomic"

// A mirror tells the race detector what a word in shared memory orders, which it does
// not look at (golang/go #16206).
type mirror struct{ word atomic.Uint32 }

func (m *mirror) acquire() { m.word.Load() }
func (m *mirror) release() { m.word.Add(1) }
