//go:build linux

package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/fanfold/fanfold/ipc"
	"github.com/fanfold/fanfold/ipc/shm"
)

// A berth is what a process of the storm is told.
type berth struct {
	Commons commons
	Number  uint32 // of its life
	Seed    uint64
	Nest    bool // it is to have a process of its own, which dies with it
}

var (
	errOver      = errors.New("the storm is over")
	errImpatient = errors.New("it is not waited for that long")
	errLate      = errors.New("it takes too long")
)

// share is a process that works at what is shared until the storm is over, or it dies. It
// returns what it could not leave.
var share *ipc.Function[berth, []string]

func init() { share = ipc.Func("storm: share", play) } // which starts it itself

func play(ctx context.Context, b berth) ([]string, error) {
	p := &player{commons: b.Commons, number: b.Number}
	p.life, p.page = &p.Lives.Slice()[p.number], &p.Page.Slice()[0]
	p.obey()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var all sync.WaitGroup
	all.Go(func() {
		for p.page.Over.Load() == 0 && ctx.Err() == nil {
			time.Sleep(time.Millisecond)
		}
		cancel(errOver)
	})
	for i := range goroutines {
		all.Go(func() { p.play(ctx, i, rand.New(rand.NewPCG(b.Seed, uint64(i)))) })
	}
	var nested error
	if b.Nest {
		all.Go(func() { nested = p.nest(ctx, b) })
	}
	all.Wait()
	if err := context.Cause(ctx); err != errOver {
		return nil, err
	}
	_ = p.Memory.Close()
	_ = p.Ledger.Close()
	signal.Stop(p.signals)
	close(p.signals)
	*p, b = player{}, berth{}
	return remains(), nested
}

// nest has another process work, too.
func (p *player) nest(ctx context.Context, b berth) error {
	number, ok := p.commons.number()
	if !ok {
		return nil
	}
	p.Lives.Slice()[number].Parent.Store(p.number + 1)
	child, err := ipc.Start(context.WithoutCancel(ctx), share, berth{Commons: b.Commons, Number: number, Seed: b.Seed + 1})
	if err != nil {
		return err
	}
	return child.Join(context.WithoutCancel(ctx))
}

// A player is a process that works at what is shared.
type player struct {
	commons
	number  uint32
	life    *life
	page    *page
	signals chan os.Signal

	closing atomic.Bool
	inside  sync.RWMutex // held for reading inside of what locks guard
}

const goroutines = 4 // of a process

// obey has the process do what signals tell it.
func (p *player) obey() {
	p.signals = make(chan os.Signal, 1)
	signal.Notify(p.signals, toExec, toExit, toClose)
	sleep, err := exec.LookPath("sleep")
	go func(signals <-chan os.Signal) {
		for s := range signals {
			switch {
			case s == toClose:
				p.closing.Store(true)
				p.inside.Lock() // but not while it is inside: others would meet it there
				_ = p.Memory.Close()
				time.Sleep(time.Millisecond)
				os.Exit(0)
			case s == toExec && err == nil:
				_ = syscall.Exec(sleep, []string{"sleep", "0.01"}, os.Environ())
			}
			os.Exit(3)
		}
	}(p.signals)
}

// operations are what a process does, the frequent ones more than once.
var operations = []struct {
	name string
	do   func(*player, *turn)
}{
	{"lock", (*player).lock}, {"lock", (*player).lock}, {"write", (*player).write}, {"read", (*player).read},
	{"add", (*player).add}, {"pair", (*player).pair}, {"permits", (*player).permits}, {"permits", (*player).permits},
	{"give", (*player).give}, {"give", (*player).give}, {"take", (*player).take},
	{"meet", (*player).meet}, {"set", (*player).set}, {"wait", (*player).wait},
	{"put", (*player).put}, {"put", (*player).put}, {"get", (*player).get}, {"get", (*player).get},
	{"lease", (*player).lease}, {"lease", (*player).lease}, {"join", (*player).join},
}

// A turn is one operation of one goroutine.
type turn struct {
	rnd  *rand.Rand
	ctx  context.Context
	name string

	putter uint32            // the number of the goroutine,
	last   map[uint32]uint32 // and of each putter the item that came last
}

// play does one operation after another. The first goroutine of each process waits for as
// long as it takes, and the others see to it that this is not long.
func (p *player) play(ctx context.Context, goroutine int, rnd *rand.Rand) {
	defer func() {
		if p.closing.Load() {
			_ = recover() // of methods of a memory that was closed, which return no error
		}
	}()
	last := map[uint32]uint32{}
	for ctx.Err() == nil {
		op := operations[rnd.IntN(len(operations))]
		limit, cause := bound, errLate
		if goroutine > 0 {
			limit, cause = time.Duration(rnd.IntN(100)*rnd.IntN(200))*time.Microsecond, errImpatient
		}
		t := &turn{rnd: rnd, name: op.name, putter: p.number*goroutines + uint32(goroutine), last: last}
		var stop context.CancelFunc
		t.ctx, stop = context.WithTimeoutCause(ctx, limit, cause)
		op.do(p, t)
		stop()
		p.life.Operations.Add(1)
		if rnd.IntN(4) == 0 {
			rest(rnd, time.Millisecond)
		}
	}
}

// work takes a little time, as a rule.
func (t *turn) work() {
	if t.rnd.IntN(16) == 0 {
		rest(t.rnd, 200*time.Microsecond)
	}
}

// failed reports whether an operation has failed, and remarks it if it must not fail so.
func (p *player) failed(t *turn, err error) bool {
	switch {
	case err == nil:
		return false
	case errors.Is(err, errLate):
		p.remark(noteLate, "process %d: %s took %v", p.number, t.name, bound)
	case t.ctx.Err() != nil && errors.Is(err, context.Cause(t.ctx)), p.closing.Load() && errors.Is(err, shm.ErrClosed):
	default:
		p.remark(noteUnexplained, "process %d: %s: %v", p.number, t.name, err)
	}
	return true
}

// add adds to the number.
func (p *player) add(*turn) {
	p.life.Begun[added].Add(1)
	p.Number.Add(1)
	p.life.Acked[added].Add(1)
}

// pair changes both numbers of the pair.
func (p *player) pair(t *turn) {
	err := p.Pair.With(t.ctx, func(v *pair) error {
		if v.A != v.B {
			p.remark(noteUnexplained, "process %d: a pair is %v", p.number, *v)
		}
		p.life.Begun[paired].Add(1)
		v.A++
		t.work()
		v.B++
		return nil
	})
	if !p.failed(t, err) {
		p.life.Acked[paired].Add(1)
	}
	if v := p.Pair.Load(); v.A != v.B {
		p.remark(noteUnexplained, "process %d: a pair reads %v", p.number, v)
	}
}
