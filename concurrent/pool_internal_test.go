package concurrent

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
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
				p.mu.Lock()
				assert.False(t, p.starving, "its patience is too short")
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
				assert.NotEqual(t, Canceled, submit(t.Context()).State(), "one that is gone keeps others waiting")
				assert.Equal(t, Canceled, (<-first).State(), "one that is gone keeps others waiting")
				return
			}
			room(1)
			short, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			assert.Equal(t, Canceled, submit(short).State(), "a newcomer's task, while one waits that was overtaken often")
			synctest.Wait()
			select {
			case f := <-first:
				assert.Equal(t, Pending, f.State(), "its task")
			default:
				assert.Fail(t, "it still waits though there is room")
			}
			assert.False(t, p.starving, "nobody waits, but newcomers are not let in")
			leave()
		})
	}
}
