package concurrent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

// A caller that waits for room and is woken again and again when newcomers have
// taken it is overtaken no more: they wait behind it, until it has room or is gone.
func TestPoolRoomPatience(t *testing.T) {
	for _, gone := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			p := NewPool(PoolOptions{Workers: 1, Queue: 1})
			defer p.Close()
			release := make(chan struct{})
			defer close(release)
			submit := func(ctx context.Context) *Future[int] {
				return Submit(ctx, p, 0, func(context.Context, int) (int, error) { <-release; return 0, nil })
			}
			submit(t.Context())
			submit(t.Context())
			synctest.Wait()

			ctx, leave := context.WithCancel(t.Context())
			first := make(chan *Future[int], 1)
			go func() { first <- submit(ctx) }()
			synctest.Wait()
			room := func(n int) { // without telling those who wait
				p.mu.Lock()
				defer p.mu.Unlock()
				p.bound += n
			}
			for range roomPatience { // woken, but somebody was faster
				if p.mu.Lock(); p.starving {
					t.Error("its patience is too short")
				}
				p.bound++
				p.callNext()
				p.bound--
				p.mu.Unlock()
				synctest.Wait()
			}
			if gone {
				leave()
				synctest.Wait()
				room(1)
				if submit(t.Context()).State() == Canceled || (<-first).State() != Canceled {
					t.Error("one that is gone keeps others waiting")
				}
				return
			}
			room(1)
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if s := submit(short).State(); s != Canceled {
				t.Errorf("a newcomer's task is %v, while one waits that was overtaken often", s)
			}
			synctest.Wait()
			select {
			case f := <-first:
				if f.State() != Pending {
					t.Errorf("its task is %v", f.State())
				}
			default:
				t.Error("it still waits though there is room")
			}
			if p.starving {
				t.Error("nobody waits, but newcomers are not let in")
			}
			leave()
		})
	}
}
