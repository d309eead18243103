//go:build linux && race && (amd64 || arm64 || loong64 || ppc64 || ppc64le || riscv64 || s390x)

package robust

import "sync/atomic"

// A mirror tells the race detector what a word in shared memory orders, which it does
// not look at (golang/go #16206).
type mirror struct{ word atomic.Uint32 }

func (m *mirror) acquire() { m.word.Load() }
func (m *mirror) release() { m.word.Add(1) }
