package shm

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"os"
	"slices"
	"unsafe"

	"github.com/fanfold/fanfold/concurrent"
	"github.com/fanfold/fanfold/internal/optional"
	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/internal/mem"
	"github.com/fanfold/fanfold/ipc/internal/robust"
)

// ErrBroken is the error of a [Barrier] at which a party stopped waiting or died, or the
// action failed. It is the one of package concurrent.
var ErrBroken = concurrent.ErrBroken

// A Barrier lets a fixed number of parties, goroutines of any processes, wait for each
// other, again and again. Its zero value cannot be used: see [NewBarrier]. All methods
// are safe for concurrent use. ("multiprocessing.Barrier")
//
// A barrier releases all of its parties or none. It breaks when the context of a waiting
// party ends, when the process of one dies or closes the memory, and when the action
// fails. Then the parties that wait, and those that arrive later, get [ErrBroken] until
// [Barrier.Reset].
type Barrier struct {
	memory *Memory
	offset uint64
	b      *robust.Barrier
	action ipc.Call
	rest   int // bytes of the action
}

// BarrierOptions are the choices of a [Barrier]. The zero value of each field is its
// default.
type BarrierOptions struct {
	// Name is that of [ObjectOptions].
	Name string

	// Action, if it has a Func, is called by the party that arrives last, in its process,
	// before any party is released: see ipc.Function.Bind. Its context is that of the
	// party. It must not wait at the barrier itself. Its argument may hold objects of the
	// barrier's memory, and no other memories or open files.
	Action ipc.Call
}

// NewBarrier makes a barrier in m for this number of parties. It does not block. The error
// matches [ErrMemoryFull], [ErrClosed] if m was closed, or ipc.ErrFilesUnsupported if the
// action carries open files. NewBarrier panics if parties is less than 1, and if more
// than one BarrierOptions is given.
func NewBarrier(m *Memory, parties int, options ...BarrierOptions) (*Barrier, error) {
	if parties < 1 {
		panic(fmt.Sprintf("shm: NewBarrier: %d parties, want 1 or more", parties))
	}
	o := optional.One("shm", "NewBarrier", options)
	for _, f := range o.Action.Files {
		if !m.has(f) {
			return nil, fmt.Errorf("shm: NewBarrier: the action of %s: %w", o.Action.Func, ipc.ErrFilesUnsupported)
		}
	}
	action := appendCall(nil, o.Action)
	b := &Barrier{rest: len(action)}
	return made(m, spec{
		caller: "NewBarrier", name: named("NewBarrier", []ObjectOptions{{Name: o.Name}}),
		kind: kindBarrier, size: b.size(m),
		fill: func(words unsafe.Pointer) {
			robust.BarrierAt(m.m, words).Init(parties)
			copy(b.bytes(m, words), action)
		},
	}, b)
}

func (b *Barrier) size(m *Memory) int { return robust.BarrierSize(m.segment()) + b.rest }

// bytes returns where the action lies.
func (b *Barrier) bytes(m *Memory, words unsafe.Pointer) []byte {
	return unsafe.Slice((*byte)(unsafe.Add(words, robust.BarrierSize(m.segment()))), b.rest)
}

// has reports whether a file is that of the memory.
func (m *Memory) has(f *os.File) bool {
	theirs, err := f.Stat()
	if err != nil || m.m.Closed() {
		return false
	}
	ours, err := m.m.File().Stat()
	return err == nil && os.SameFile(theirs, ours)
}

// appendCall appends a call: its name, how often it has the file of the memory, its
// types, and its argument.
func appendCall(b []byte, c ipc.Call) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.Func)))
	b = append(b, c.Func...)
	b = append(b, byte(len(c.Files)))
	b = binary.LittleEndian.AppendUint64(b, c.Types)
	return append(b, c.In...)
}

// callOf returns the call that appendCall has written. It copies the bytes.
func (m *Memory) callOf(b []byte) (c ipc.Call, err error) {
	n, size := binary.Uvarint(b)
	if size <= 0 || n > uint64(len(b)) || len(b)-size-int(n) < 9 {
		return c, fmt.Errorf("%w: the action of a barrier is %d bytes", ErrLayout, len(b))
	}
	b = b[size:]
	c.Func = string(b[:n])
	c.Files = slices.Repeat([]*os.File{m.m.File()}, int(b[n]))
	c.Types = binary.LittleEndian.Uint64(b[n+1:])
	c.In = bytes.Clone(b[n+9:])
	return c, nil
}

func (b *Barrier) place() (*Memory, uint64) { return b.memory, b.offset }

func (b *Barrier) open(m *Memory, offset uint64) (any, error) {
	rest, err := m.m.Size(offset, robust.BarrierSize(m.segment()))
	if err != nil {
		return nil, fmt.Errorf("shm: a %T that has arrived: %w", b, err)
	}
	b.rest = rest
	return found(m, offset, kindBarrier, 0, b.size(m), b)
}

func (b *Barrier) prepare(m *Memory, words unsafe.Pointer, _ int) (err error) {
	b.action, err = m.callOf(b.bytes(m, words))
	return err
}

func (b *Barrier) settle(m *Memory, offset uint64, words unsafe.Pointer) {
	b.memory, b.offset, b.b = m, offset, robust.BarrierAt(m.m, words)
}

// Wait blocks until all parties have called it and the action has run. It returns the
// order of arrival, from 0 to Parties()-1: each number to one party, the highest to the
// one that ran the action. The barrier can be used again at once.
//
// Wait returns [ErrBroken] if the barrier is broken, or breaks meanwhile. If ctx ends, or
// has ended before, the barrier breaks and Wait returns context.Cause(ctx), unless all
// parties had been released. If the action fails, the barrier breaks and the party that
// ran it gets the action's error. After Close the error matches [ErrClosed].
//
// More goroutines than parties may use a barrier. One that arrives while the action runs
// belongs to the next meeting. A party whose process was stopped while 64 meetings and
// more passed, of which one failed, gets [ErrBroken].
func (b *Barrier) Wait(ctx context.Context) (index int, err error) {
	if err := b.memory.usable(); err != nil {
		return 0, err
	}
	var failed error
	var action func() bool
	if b.action.Func != "" {
		action = func() bool {
			_, failed = b.action.Run(ctx)
			return failed == nil
		}
	}
	index, err = b.b.Wait(ctx, action)
	switch {
	case failed != nil:
		return 0, failed
	case err == robust.ErrBroken:
		return 0, ErrBroken
	}
	return index, b.memory.told(err)
}

// Abort breaks the barrier: the parties that wait, and those that arrive later, get
// [ErrBroken]. It does not block, and panics after Close.
func (b *Barrier) Abort() {
	b.memory.use("Barrier.Abort")
	b.b.Abort()
}

// Reset makes the barrier as new: it is not broken, and no party waits. The parties that
// waited get [ErrBroken]. Reset does not block: it does not wait for an action that runs,
// so that the action of the next meeting may run at the same time. It panics after Close.
func (b *Barrier) Reset() {
	b.memory.use("Barrier.Reset")
	b.b.Reset()
}

// Broken reports whether the barrier is broken. It panics after Close.
func (b *Barrier) Broken() bool {
	b.memory.use("Barrier.Broken")
	return b.b.Broken()
}

// Waiting returns how many parties have arrived and were not released. It returns 0 if
// the barrier is broken. It panics after Close.
func (b *Barrier) Waiting() int {
	b.memory.use("Barrier.Waiting")
	return b.b.Waiting()
}

// Parties returns the number of parties that the barrier waits for. It panics after Close.
func (b *Barrier) Parties() int {
	b.memory.use("Barrier.Parties")
	return b.b.Parties()
}

func init() { mem.Register(kindBarrier, robust.ForgetBarrier) }
