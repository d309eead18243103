package memo

import (
	"context"
	"fmt"
	"strings"
	"sync"
)

// A CycleError says that loads wait for each other: each asks for the next key, and the
// last for the first. The Get that would have closed the circle returns it at once, and
// what that load returns is up to it.
type CycleError struct {
	// Keys are the keys of the loads, from the one that is asked for to the one that
	// asks. A function given to [Once] has no key: it stands there as "Once".
	Keys []any
}

// Error names the keys, the first one again at the end.
func (e *CycleError) Error() string {
	var b strings.Builder
	b.WriteString("memo: a load that waits for itself: ")
	for _, key := range e.Keys {
		fmt.Fprintf(&b, "%v → ", key)
	}
	if len(e.Keys) > 0 {
		fmt.Fprint(&b, e.Keys[0])
	}
	return b.String()
}

// A load is a call of a load function, as other loads see it, of this cache or another
// one. Which load a Get belongs to is known by its context.
type load struct {
	context.Context // the caller's; load is the context of its function
	flight          interface{ keyOf() any }
	waitsOn         map[*load]int // for how many Gets of this load; guarded by loads
}

// loads guards what loads wait on. It is taken by the Gets of loads only, when they
// find no value.
var loads sync.Mutex

// loadKey is the key of the load whose context it is.
type loadKey struct{}

// within returns the context of l's function: ctx, by which l is found.
func (l *load) within(ctx context.Context) context.Context {
	l.Context = ctx
	return l
}

// Value returns l, or the caller's value.
func (l *load) Value(key any) any {
	if key == (loadKey{}) {
		return l
	}
	return l.Context.Value(key)
}

// String keeps code that prints contexts from printing what other goroutines are writing.
func (l *load) String() string { return "memo.load" }

// loadOf returns the load that calls with ctx, nil if none does.
func loadOf(ctx context.Context) *load {
	l, _ := ctx.Value(loadKey{}).(*load)
	return l
}

// await notes that a Get of l, which may be nil, waits for other. It returns a
// *CycleError if other waits for l, directly or not.
func (l *load) await(other *load) error {
	if l == nil {
		return nil
	}
	loads.Lock()
	defer loads.Unlock()
	if way := other.wayTo(l); way != nil {
		return &CycleError{Keys: way}
	}
	if l.waitsOn == nil {
		l.waitsOn = map[*load]int{}
	}
	l.waitsOn[other]++
	return nil
}

// awaited undoes await.
func (l *load) awaited(other *load) {
	if l == nil {
		return
	}
	loads.Lock()
	defer loads.Unlock()
	if l.waitsOn[other]--; l.waitsOn[other] == 0 {
		delete(l.waitsOn, other)
	}
}

// wayTo returns the keys of the loads from l to the one that l waits for, nil if l does
// not. The lock must be held.
func (l *load) wayTo(to *load) []any {
	from := map[*load]*load{l: nil}
	for queue := []*load{l}; len(queue) > 0; queue = queue[1:] {
		at := queue[0]
		if at == to {
			var keys []any
			for ; at != nil; at = from[at] {
				keys = append([]any{at.flight.keyOf()}, keys...)
			}
			return keys
		}
		for next := range at.waitsOn {
			if _, seen := from[next]; !seen {
				from[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}
