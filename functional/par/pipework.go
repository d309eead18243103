package par

import (
	"math"

	"github.com/fanfold/fanfold/internal/panics"
)

// work is the life of a worker.
func (p *pipe[A, B]) work() {
	item := 0
	returned := false
	defer func() {
		if v := recover(); v != nil {
			p.fail(failedBy(item, panics.From(v)))
		} else if !returned {
			p.fail(failedBy(item, panics.Goexit))
		}
		p.mu.Lock()
		p.busy--
		p.progress.Signal()
		p.mu.Unlock()
	}()
	batch := make([]A, 0, min(p.options.Chunk, firstSlots))
	for {
		var first int
		first, batch = p.claim(batch[:0])
		if len(batch) == 0 {
			break
		}
		for i, a := range batch {
			item = first + i
			if !p.starts(item) {
				break
			}
			b, err := p.f(p.ctx, a)
			p.finish(item, b, err)
		}
	}
	returned = true
}

// claim waits for items and appends up to a chunk of them to batch. It appends
// none when there will be none.
func (p *pipe[A, B]) claim(batch []A) (first int, _ []A) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for p.claimed == p.read && p.feeding && p.limit == math.MaxInt {
		p.waiting++
		p.supply.Wait()
		p.waiting--
	}
	first = p.claimed
	for len(batch) < p.options.Chunk && p.claimed < min(p.read, p.limit) {
		var zero A
		slot := &p.in[p.claimed%len(p.in)]
		batch = append(batch, *slot)
		*slot = zero
		p.claimed++
	}
	return first, batch
}

// starts reports whether a claimed item is to be started. The caller's context
// is asked here because it may be an item that ended it, while its AfterFunc has
// not run yet.
func (p *pipe[A, B]) starts(item int) bool {
	if p.caller.Err() != nil {
		p.halt(0)
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return item < p.limit
}

// finish stores the result of an item, or ends the sequence.
func (p *pipe[A, B]) finish(item int, b B, err error) {
	if err != nil {
		switch {
		case endOf(p.caller, err):
			p.halt(0)
			return
		case !p.options.AllErrors:
			p.fail(failedWith(item, err))
			return
		}
		var zero B
		b, err = zero, failedWith(item, err).asError()
	}
	p.mu.Lock()
	place := item
	if p.options.Unordered {
		place = p.placed
		p.placed++
	}
	p.out[place%len(p.out)] = result[B]{b, err, true}
	p.progress.Signal()
	p.mu.Unlock()
}
