//go:build linux

package main

import (
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"time"

	"github.com/fanfold/fanfold/ipc"
)

// An order is the argument of every call.
type order struct {
	Trap    trap
	Spin    time.Duration // how long to be busy
	Delay   time.Duration // until a trap goes off that is to when the call is over
	Payload []byte
	Answer  int      // how large a payload to send back
	File    *os.File // if there is one, another one is to come back
}

// An answer is the result of every call.
type answer struct {
	Number  uint32
	Payload []byte
	Trap    trap
	File    *os.File
}

// A trap goes off at one point of one call. It travels in arguments and results, and
// has methods that encode and decode it, which is what gives it the chance.
type trap struct {
	Number uint32
	Fault  uint16 // its place in faults, 0 for none
	Point  point
}

// A point of a call, as far as the function can know of it. The points before come
// from outside: see outside.go.
type point uint8

const (
	reading   point = iota // the argument is being decoded
	running                // the function has begun
	answering              // the result is being encoded
	idle                   // the call is over, or about to be
	nowhere                // in the caller
)

func (p point) String() string {
	return [...]string{"reading", "running", "answering", "idle", "in the caller"}[p]
}

// here sets the trap off if this is its point.
func (t trap) here(p point) error {
	if t.Fault != 0 && t.Point == p && ipc.InWorker() {
		return faults[t.Fault].strike(t)
	}
	return nil
}

var (
	errUnencodable = errors.New("it has a method, and does not want to")
	errSpoilt      = errors.New("somebody has written over it")
)

func (t trap) MarshalBinary() ([]byte, error) {
	if t.Point == nowhere && faults[t.Fault].name == "unencodable argument" {
		return nil, errUnencodable
	}
	b := binary.LittleEndian.AppendUint32(nil, t.Number)
	b = append(binary.LittleEndian.AppendUint16(b, t.Fault), byte(t.Point))
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), t.here(answering)
}

// UnmarshalBinary takes no call for another one, whatever a mad worker did to it.
func (t *trap) UnmarshalBinary(b []byte) error {
	if len(b) != 11 || crc32.ChecksumIEEE(b[:7]) != binary.LittleEndian.Uint32(b[7:]) {
		return errSpoilt
	}
	t.Number, t.Fault, t.Point = binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint16(b[4:]), point(b[6])
	return t.here(reading)
}

// A setting is what a worker is told when it begins.
type setting struct {
	Journal string
	Trap    trap // for initializers that die
	Every   uint32
}

// book is the worker's journal.
var book *journal

var (
	// begin initializes a worker.
	begin = ipc.Func("storm: begin", func(_ context.Context, s setting) (none, error) {
		var err error
		if book, err = openJournal(s.Journal); err != nil || s.Every == 0 {
			return none{}, err
		}
		if n := book.entries[s.Trap.Number].starts.Add(1); n%s.Every == 0 {
			return none{}, s.Trap.here(running)
		}
		return none{}, nil
	})
	end = ipc.Func("storm: end", func(context.Context, none) (none, error) { return none{}, nil })

	// Once is not to run twice; again may, as often as it takes; thrice may, but not
	// for ever.
	once   = ipc.Func("storm: once", work)
	again  = ipc.Func("storm: again", work, ipc.FuncOptions{Idempotent: true, Attempts: 1 << 20})
	thrice = ipc.Func("storm: thrice", work, ipc.FuncOptions{Idempotent: true, Attempts: attempts})

	// forge has answers as arguments, and so can encode them.
	forge = ipc.Func("storm: forge", func(context.Context, answer) (none, error) { return none{}, nil })
)

const attempts = 3

type none struct{}

// work is what every call runs.
func work(_ context.Context, o order) (answer, error) {
	e := &book.entries[o.Trap.Number]
	e.starts.Add(1)
	for until := time.Now().Add(o.Spin / 2); time.Now().Before(until); {
	}
	if err := o.Trap.here(running); err != nil {
		return answer{}, err
	}
	for until := time.Now().Add(o.Spin / 2); time.Now().Before(until); {
	}
	if o.Trap.Point == idle {
		time.AfterFunc(o.Delay, func() { _ = o.Trap.here(idle) })
	}
	a := answer{Number: o.Trap.Number, Payload: make([]byte, o.Answer), Trap: o.Trap}
	if o.File != nil {
		_, err := o.File.Stat()
		if err = errors.Join(err, o.File.Close()); err != nil {
			return answer{}, err
		}
		if a.File, err = os.Open(os.DevNull); err != nil {
			return answer{}, err
		}
	}
	e.ends.Add(1)
	return a, nil
}

// chatter writes as many bytes to standard error.
var chatter = ipc.Func("storm: chatter", func(_ context.Context, n int) (none, error) {
	line := make([]byte, 1<<10)
	for ; n > 0; n -= len(line) {
		if _, err := os.Stderr.Write(line); err != nil {
			return none{}, err
		}
	}
	return none{}, nil
})
